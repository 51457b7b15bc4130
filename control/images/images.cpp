#include "control/images/images.h"

#include "control/http/lines.h"
#include "control/images/build_lock.h"
#include "control/images/build_log.h"
#include "control/images/context.h"
#include "control/images/sources.h"
#include "control/runtime/docker/container_spec.h"

#include <algorithm>
#include <condition_variable>

namespace control::images {

using contracts::Error;
using contracts::ErrorKind;
using contracts::fail;
using contracts::Json;
using contracts::Result;
using docker::member;
using docker::number_at;
using docker::refusal;
using docker::text_at;

// The facts about the base image.
struct Images::Base {
    std::string id;
    std::string architecture;
};

// A build in progress, and the callers that wait for it.
struct Images::Flight {
    std::mutex mutex;
    std::condition_variable_any changed;
    std::optional<Result<void>> end;
};

namespace {

std::string tag_of(const std::string& hash) {
    return "worker:" + hash;
}

bool is_image_name(std::string_view name) {
    return !name.empty() && std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view("._/:@-").find(c) != std::string_view::npos;
    });
}

// For "name:tag", "name@sha256:…" or "name". Without a tag the engine would pull all tags.
std::string pull_target(std::string_view image) {
    const std::size_t colon = image.rfind(':');
    const std::size_t slash = image.rfind('/');
    std::string_view tag;
    if (image.find('@') == std::string_view::npos) {
        const bool tagged =
            colon != std::string_view::npos && (slash == std::string_view::npos || colon > slash);
        tag = tagged ? image.substr(colon + 1) : "latest";
        if (tagged) image = image.substr(0, colon);
    }
    return "/images/create?fromImage=" + encode_percent(image) + "&tag=" + encode_percent(tag);
}

// A container gets its image's labels and volumes: an image must not look like one of our workers,
// and must not bring a volume without a size limit.
Result<void> check_fit(const Json& image, const std::string& name) {
    const Json& config = member(image, "Config");
    for (const auto label : {docker::kOwnerLabel, docker::kWorkerLabel, docker::kLaunchLabel})
        if (!text_at(member(config, "Labels"), label).empty())
            return fail(ErrorKind::fatal,
                        name + " carries the label " + std::string(label) +
                            ", which only running workers may",
                        "base", "choose another base image");
    if (!member(config, "Volumes").empty())
        return fail(ErrorKind::fatal, name + " declares a volume", "base",
                    "choose another base image");
    return {};
}

// The parameters of the build, without the context.
std::string build_target(const ImageSettings& settings, const ImagePlan& plan) {
    Json arguments{{"BASE", plan.base_id}};
    if (!settings.extra_ca.empty()) arguments["EXTRA_CA"] = settings.extra_ca;
    if (!settings.apt_sources.empty()) arguments["APT_SOURCES"] = settings.apt_sources;
    const Json labels{{std::string(kHashLabel), plan.hash},
                      {std::string(kInputLabel), canonical_input(plan.input)}};
    std::string target = "/build?version=1&rm=1&forcerm=1&t=" + encode_percent(plan.tag);
    target += "&buildargs=" + encode_percent(contracts::dump_json(arguments));
    target += "&labels=" + encode_percent(contracts::dump_json(labels));
    if (!settings.build_network.empty())
        target += "&networkmode=" + encode_percent(settings.build_network);
    return target;
}

}  // namespace

Images::Images(ImageSettings settings, HttpClient& http, const std::string& socket)
    : settings_(std::move(settings)), engine_(http, socket) {}

Images::~Images() = default;

Result<void> Images::pull_base(std::stop_token stop) {
    ClientRequest request = engine_.request("POST", pull_target(settings_.base));
    request.timeout = settings_.build_timeout;
    BuildLog log;
    const auto end = read_lines(
        engine_.http(), std::move(request), [] {},
        [&log](std::string_view line) { log.take(line, {}); }, std::move(stop));
    const std::string what = "pull " + settings_.base;
    if (!end) return fail(Error(end.error()).context(what));
    if (end->status != 200) {
        Error error = refusal(end->status, end->rest, what);
        error.field = "base";
        return fail(std::move(error));
    }
    if (log.failed()) return fail(ErrorKind::transient, what + ": " + log.describe(), "base");
    return {};
}

Result<Images::Base> Images::find_base(std::stop_token stop) {
    if (!is_image_name(settings_.base))
        return fail(ErrorKind::invalid, "'" + settings_.base + "' is not the name of an image",
                    "base");
    const std::string target = "/images/" + settings_.base + "/json";
    auto found = engine_.get(target);
    if (!found && found.error().kind == ErrorKind::not_found) {
        if (auto pulled = pull_base(std::move(stop)); !pulled) return pulled.fault();
        found = engine_.get(target);
    }
    if (!found) return found.fault();
    if (auto fit = check_fit(*found, settings_.base); !fit) return fit.fault();
    return Base{text_at(*found, "Id"), text_at(*found, "Architecture")};
}

Result<bool> Images::has(const ImagePlan& plan) {
    const auto found = engine_.get("/images/" + plan.tag + "/json");
    if (!found && found.error().kind == ErrorKind::not_found) return false;
    if (!found) return found.fault();
    // A tag can move to another image, but the labels of an image cannot change.
    const Json& labels = member(member(*found, "Config"), "Labels");
    return text_at(labels, kInputLabel) == canonical_input(plan.input);
}

Result<ImagePlan> Images::plan(const ImageRequest& request) {
    const auto base = find_base({});
    if (!base) return base.fault();
    const auto pin = agent_pin(request.agent, base->architecture);
    if (!pin) return pin.fault();
    auto recipe = dockerfile(request, settings_.toolchains);
    if (!recipe) return recipe.fault();
    ImagePlan plan;
    plan.input = {request.agent,        pin->version,
                  request.capabilities, base->id,
                  std::move(*recipe),   std::string(source_file("install-packages")),
                  base->architecture,   request.packages};
    plan.hash = capability_hash(plan.input);
    plan.tag = tag_of(plan.hash);
    plan.base_id = base->id;
    const auto present = has(plan);
    if (!present) return present.fault();
    plan.present = *present;
    return plan;
}

Result<ImagePlan> Images::ensure(const ImageRequest& request, const LogLine& line,
                                 std::stop_token stop) {
    auto plan = this->plan(request);
    if (!plan || plan->present) return plan;
    if (auto built = build_once(request, *plan, line, std::move(stop)); !built)
        return built.fault();
    plan->present = true;
    return plan;
}

Result<void> Images::build_once(const ImageRequest& request, const ImagePlan& plan,
                                const LogLine& line, std::stop_token stop) {
    std::unique_lock lock(mutex_);
    const auto [entry, ours] = flights_.try_emplace(plan.hash);
    if (ours) entry->second = std::make_shared<Flight>();
    const std::shared_ptr<Flight> flight = entry->second;
    lock.unlock();
    if (ours) {
        auto end = build_locked(request, plan, line, stop);
        lock.lock();
        flights_.erase(plan.hash);
        lock.unlock();
        const std::lock_guard telling(flight->mutex);
        flight->end = end;
        flight->changed.notify_all();
        return end;
    }
    std::unique_lock waiting(flight->mutex);
    if (!flight->changed.wait(waiting, stop, [&flight] { return flight->end.has_value(); }))
        return fail(ErrorKind::transient, "stopped by the caller");
    return *flight->end;
}

Result<void> Images::build_locked(const ImageRequest& request, const ImagePlan& plan,
                                  const LogLine& line, std::stop_token stop) {
    auto lock = BuildLock::take(settings_.lock_directory, plan.hash, stop);
    if (!lock) return lock.fault();
    // Another build may have ended while we waited for the lock.
    const auto present = has(plan);
    if (present && *present) return {};
    return build(request, plan, line, std::move(stop));
}

Result<void> Images::build(const ImageRequest& request, const ImagePlan& plan, const LogLine& line,
                           std::stop_token stop) {
    const auto pin = agent_pin(request.agent, plan.input.architecture);
    if (!pin) return pin.fault();
    auto context = build_context(request, plan.input.recipe, *pin, settings_.agents_directory);
    if (!context) return context.fault();

    // A context that cannot be read to its end must not look complete, so the exchange is stopped.
    std::stop_source broken;
    const std::stop_callback pass_on(stop, [&broken] { broken.request_stop(); });
    std::optional<Error> context_error;
    TarStream tar(std::move(*context));
    ClientRequest call = engine_.request("POST", build_target(settings_, plan));
    call.timeout = settings_.build_timeout;
    call.headers.push_back({"Content-Type", "application/x-tar"});
    call.on_read = [&](std::size_t most) -> std::optional<std::string> {
        auto bytes = tar.read(most);
        if (bytes) return std::move(*bytes);
        context_error = std::move(bytes.error());
        broken.request_stop();
        return std::nullopt;
    };
    BuildLog log;
    const auto end = read_lines(
        engine_.http(), std::move(call), [] {},
        [&](std::string_view text) { log.take(text, line); }, broken.get_token());
    const std::string what = "build " + plan.tag;
    if (context_error) return fail(std::move(*context_error).context(what));
    if (!end) return fail(Error(end.error()).context(what));
    if (end->status != 200) return fail(refusal(end->status, end->rest, what));
    if (log.failed()) return fail(ErrorKind::transient, what + ": " + log.describe());
    const auto present = has(plan);
    if (!present) return present.fault();
    if (!*present) return fail(ErrorKind::transient, what + ": the engine reported no image");
    return {};
}

Result<std::vector<BuiltImage>> Images::list() {
    const Json filters{{"label", Json::array({std::string(kHashLabel)})}};
    const auto listed =
        engine_.get("/images/json?filters=" + encode_percent(contracts::dump_json(filters)));
    if (!listed) return listed.fault();
    std::vector<BuiltImage> all;
    for (const Json& entry : *listed) {
        const Json& labels = member(entry, "Labels");
        BuiltImage image;
        image.hash = text_at(labels, kHashLabel);
        image.tag = tag_of(image.hash);
        image.id = text_at(entry, "Id");
        image.input = text_at(labels, kInputLabel);
        image.bytes = number_at(entry, "Size");
        image.created_at = contracts::Timestamp(std::chrono::seconds(number_at(entry, "Created")));
        if (hash_of_canonical(image.input) == image.hash) all.push_back(std::move(image));
    }
    std::ranges::sort(all, std::greater(), &BuiltImage::created_at);
    return all;
}

Result<void> Images::remove(const std::string& hash) {
    const auto all = list();
    if (!all) return all.fault();
    const auto ours = std::ranges::find(*all, hash, &BuiltImage::hash);
    if (ours == all->end()) return {};
    const auto answer = engine_.ask("DELETE", "/images/" + encode_percent(ours->id));
    if (!answer) return answer.fault();
    if (answer->status == 200 || answer->status == 404) return {};
    return fail(refusal(answer->status, answer->body, "remove " + ours->tag));
}

}  // namespace control::images
