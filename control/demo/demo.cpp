#include "control/demo/demo.h"

#include "control/daemon/daemon.h"
#include "control/daemon/log_sink.h"
#include "control/daemon/ready_file.h"
#include "control/demo/conversation.h"
#include "control/demo/outcome.h"
#include "control/demo/page.h"
#include "control/demo/place.h"
#include "control/demo/requirements.h"
#include "control/demo/surroundings.h"
#include "control/http/client.h"

#include <fcntl.h>
#include <cerrno>
#include <cstdlib>
#include <thread>

namespace control::demo {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Result;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view kSentence = "I want a page that greets my visitors.";
constexpr std::chrono::seconds kDeadline{300};   // also enough for a machine that is busy with
                                                 // other work
constexpr std::chrono::milliseconds kLook{500};  // between two checks of the tasks
// How long to wait for the Product Owner's final message after the page is online.
constexpr std::chrono::seconds kLastWords{10};

// A daemon that runs on a thread, and ends its workers and deployments with itself.
class Serving {
public:
    static Result<Serving> start(const Settings& settings, std::span<const RoleEntry> roles,
                                 const contracts::Log& log) {
        auto daemon = Daemon::start(settings, roles, log);
        if (!daemon) return daemon.fault();
        (*daemon)->be_ephemeral();
        return Serving(std::move(*daemon));
    }
    Serving(Serving&&) = default;
    Serving& operator=(Serving&&) = delete;
    ~Serving() {
        if (!daemon_) return;
        daemon_->stop();
        thread_.join();
    }

private:
    explicit Serving(std::unique_ptr<Daemon> daemon)
        : daemon_(std::move(daemon)), thread_([serving = daemon_.get()] { serving->run(); }) {}
    std::unique_ptr<Daemon> daemon_;
    std::thread thread_;
};

// Returns once the page is online and the Product Owner has said so. An outcome without a URL:
// stopped.
Result<Outcome> follow(Conversation& chat, HttpClient& http, const ApiAccess& api,
                       const std::stop_token& stop) {
    const contracts::SystemClock clock;
    auto limit = clock.instant() + kDeadline;
    Outcome outcome;
    while (!stop.stop_requested()) {
        auto heard = chat.hear(kLook);
        if (stop.stop_requested()) break;
        if (!heard) return heard.fault();
        bool has_answered = false;
        for (const contracts::ChatReply& reply : *heard) {
            show_reply(reply);
            has_answered = has_answered || reply.kind == contracts::ReplyKind::answer;
        }
        const bool was_online = !outcome.url.empty();
        if (was_online && (has_answered || clock.instant() > limit)) return outcome;
        if (clock.instant() > limit)
            return fail(ErrorKind::timed_out,
                        "no page was online after " + std::to_string(kDeadline.count()) + " s");
        auto looked = look_at_project(http, api);
        if (!looked) return looked.fault();
        outcome = std::move(*looked);
        if (!was_online && !outcome.url.empty()) limit = clock.instant() + kLastWords;
    }
    return Outcome{};
}

Result<void> walk(const std::string& data, const std::stop_token& stop) {
    Result<DaemonAccess> access = access_to_daemon(data);
    if (!access) return access.fault();
    const ApiAccess api{.url = access->api_url, .token = access->api_token};
    auto redis = contracts::RedisAddress::parse(access->redis_url);
    if (!redis) return redis.fault();
    Result<std::string> user = terminal_user(api, "");
    if (!user) return user.fault();
    Result<Conversation> chat = Conversation::begin(*redis, std::move(*user));
    if (!chat) return chat.fault();
    const std::stop_callback interrupted(stop, [&chat] { chat->interrupt(); });
    show("You", kSentence);
    if (Result<void> said = chat->say(std::string(kSentence), contracts::SystemClock()); !said)
        return said;
    HttpClient http;
    Result<Outcome> outcome = follow(*chat, http, api, stop);
    if (!outcome) return outcome.fault();
    if (stop.stop_requested()) return {};
    return show_outcome(*outcome, http, stop);
}

Result<Settings> settings_of(const Place& place, const std::string& copier,
                             const std::string& program_directory,
                             std::span<const RoleEntry> roles) {
    std::vector<std::string_view> names;
    for (const RoleEntry& role : roles)
        names.push_back(role.name);
    const auto variables = surroundings(place, copier);
    contracts::Environment environment([&](const std::string& name) {
        const auto found = variables.find(name);
        return found == variables.end() ? std::optional<std::string>() : found->second;
    });
    return read_settings(std::move(environment), program_directory, names);
}

Result<void> serve_and_walk(const Place& place, const Settings& settings,
                            std::span<const RoleEntry> roles, const std::stop_token& stop) {
    const contracts::UniqueFd file(
        ::open(place.log().c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    if (!file.valid()) return fail(contracts::system_error(errno, "create " + place.log()));
    const contracts::Log log(std::make_shared<SpdlogSink>(file.get()), settings.log.level,
                             settings.log.format, "orchestratord");
    Result<Serving> serving = Serving::start(settings, roles, log);
    if (!serving) return serving.fault();
    return walk(place.data(), stop);
}

}  // namespace

Result<void> run_demo(const std::string& program_directory, std::span<const RoleEntry> roles,
                      const std::stop_token& stop) {
    const char* path = std::getenv("PATH");
    if (Result<void> there = check_requirements(path != nullptr ? path : ""); !there) return there;
    Result<Place> place = Place::make();
    if (!place) return place.fault();
    const std::string copier = find_copier();
    show_beginning(!copier.empty());
    Result<Settings> settings = settings_of(*place, copier, program_directory, roles);
    if (!settings) return settings.fault();
    Result<void> done = serve_and_walk(*place, *settings, roles, stop);
    if (!done) show_troubles(place->log());
    return done;
}

}  // namespace control::demo
