#include "control/runtime/kubernetes/watch.h"

#include "control/http/lines.h"

#include <set>

namespace control::kubernetes {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Json;
using contracts::Result;

namespace {

constexpr int kGone = 410;
// The server ends a watch after this long, and we go on where it ended.
constexpr int kWatchSeconds = 300;
constexpr std::chrono::seconds kShortest{1};
constexpr int kMostExpirations = 3;
constexpr std::chrono::seconds kSilence{kWatchSeconds + 30};

RuntimeEvent death(const WorkerInstance& instance) {
    return {RuntimeEvent::Kind::died, instance.id, instance.worker_id, instance.exit_code};
}

}  // namespace

void DeathNotes::see_pod(const Json& pod, bool deleted, std::vector<RuntimeEvent>& events) {
    const PodState state = pod_state(pod);
    const WorkerInstance& instance = state.instance;
    if (instance.worker_id.empty() || state.uid.empty()) return;
    Known& known = known_[instance.id];
    known.worker_id = instance.worker_id;
    if ((!instance.running || deleted) && !known.ended) {
        known.ended = true;
        if (instance.oom_killed)
            events.push_back(
                {RuntimeEvent::Kind::out_of_memory, instance.id, instance.worker_id, std::nullopt});
        events.push_back(death(instance));
    }
    if (deleted) known_.erase(instance.id);
}

std::vector<RuntimeEvent> DeathNotes::see_all(const std::vector<Json>& pods) {
    std::vector<RuntimeEvent> events;
    std::set<std::string> there;
    for (const Json& pod : pods) {
        see_pod(pod, false, events);
        there.insert(pod_state(pod).instance.id);
    }
    std::erase_if(known_, [&](const auto& entry) {
        const auto& [id, known] = entry;
        if (there.contains(id)) return false;
        if (!known.ended)
            events.push_back({RuntimeEvent::Kind::died, id, known.worker_id, std::nullopt});
        return true;
    });
    if (std::exchange(first_, false)) events.clear();
    return events;
}

DeathNotes::Seen DeathNotes::see_line(std::string_view line) {
    Seen seen;
    const Result<Json> event = contracts::parse_json(line);
    if (!event) {
        seen.failed = true;
        return seen;
    }
    const std::string type = text_below(*event, {"type"});
    const Json& object = at(*event, {"object"});
    if (type == "ERROR") {
        const Json& code = at(object, {"code"});
        seen.expired = code.is_number_integer() && code.get<int>() == kGone;
        seen.failed = !seen.expired;
        return seen;
    }
    if (std::string version = text_below(object, {"metadata", "resourceVersion"}); !version.empty())
        version_ = std::move(version);
    if (type != "BOOKMARK") see_pod(object, type == "DELETED", seen.events);
    return seen;
}

namespace {

Result<ClientRequest> watch_request(const Pods& pods, std::string_view owner,
                                    const std::string& version) {
    Result<ClientRequest> request = pods.api().request(
        "GET", pods.path("pods") + "?watch=1&allowWatchBookmarks=true&" + pods.of_owner(owner) +
                   "&timeoutSeconds=" + std::to_string(kWatchSeconds) +
                   "&resourceVersion=" + version);
    if (!request) return request;
    request->timeout = std::chrono::milliseconds(0);
    request->idle_timeout = kSilence;
    return request;
}

// One connection's worth; whether the version it began at had expired.
Result<bool> follow_once(const Pods& pods, std::string_view owner, DeathNotes& notes,
                         const std::function<void(const RuntimeEvent&)>& report,
                         const std::stop_token& stop) {
    Result<ClientRequest> request = watch_request(pods, owner, notes.version());
    if (!request) return request.fault();
    bool expired = false;
    bool failed = false;
    std::size_t lines = 0;
    const auto began = std::chrono::steady_clock::now();
    const Result<LinesEnd> end = read_lines(
        pods.api().http(), std::move(*request),
        [&report] { report({RuntimeEvent::Kind::watching, {}, {}, std::nullopt}); },
        [&](std::string_view line) {
            ++lines;
            const DeathNotes::Seen seen = notes.see_line(line);
            for (const RuntimeEvent& event : seen.events)
                report(event);
            expired = expired || seen.expired;
            failed = failed || seen.failed;
        },
        stop);
    if (!end) return fail(end.error().context("watch"));
    if (end->status == kGone) return true;
    if (end->status != 200) return fail(refusal(end->status, end->rest, "watch"));
    // A server that hangs up at once is not asked again and again.
    const bool at_once = lines == 0 && std::chrono::steady_clock::now() - began < kShortest;
    if (failed || at_once) return fail(ErrorKind::transient, "the API server broke the watch off");
    return expired;
}

}  // namespace

Result<void> follow_pods(const Pods& pods, std::string_view owner,
                         const std::function<void(const RuntimeEvent&)>& report,
                         std::stop_token stop) {
    DeathNotes notes;
    bool watching = false;
    const auto once = [&](const RuntimeEvent& event) {
        if (event.kind != RuntimeEvent::Kind::watching || !std::exchange(watching, true))
            report(event);
    };
    int expirations = 0;
    for (bool expired = true; !stop.stop_requested();) {
        if (expired) {
            if (++expirations > kMostExpirations)
                return fail(ErrorKind::transient, "the watch expires as soon as it begins");
            const Result<PodList> listed = pods.list(owner);
            if (!listed) return listed.fault();
            for (const RuntimeEvent& event : notes.see_all(listed->pods))
                once(event);
            notes.begin_at(listed->version);
        } else {
            expirations = 0;
        }
        const Result<bool> followed = follow_once(pods, owner, notes, once, stop);
        if (stop.stop_requested()) return {};
        if (!followed) return followed.fault();
        expired = *followed;
    }
    return {};
}

}  // namespace control::kubernetes
