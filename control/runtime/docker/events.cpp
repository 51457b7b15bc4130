#include "control/runtime/docker/events.h"

#include "control/http/lines.h"
#include "control/runtime/docker/container_spec.h"

#include <charconv>

namespace control::docker {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Json;
using contracts::Result;

std::optional<RuntimeEvent> parse_event(std::string_view line) {
    const auto event = contracts::parse_json(line);
    if (!event || text_at(*event, "Type") != "container") return std::nullopt;
    const std::string action = text_at(*event, "Action");
    if (action != "die" && action != "oom") return std::nullopt;
    const Json& actor = member(*event, "Actor");
    const Json& attributes = member(actor, "Attributes");
    RuntimeEvent ours;
    ours.kind = action == "die" ? RuntimeEvent::Kind::died : RuntimeEvent::Kind::out_of_memory;
    ours.id = text_at(actor, "ID");
    ours.worker_id = text_at(attributes, kWorkerLabel);
    if (ours.id.empty() || ours.worker_id.empty()) return std::nullopt;
    const std::string code = text_at(attributes, "exitCode");
    int number = 0;
    const auto read = std::from_chars(code.data(), code.data() + code.size(), number);
    if (read.ec == std::errc() && read.ptr == code.data() + code.size()) ours.exit_code = number;
    return ours;
}

std::string events_target(std::string_view owner) {
    const Json filters{
        {"type", Json::array({"container"})},
        {"event", Json::array({"die", "oom"})},
        {"label", Json::array({std::string(kOwnerLabel) + "=" + std::string(owner)})}};
    return "/events?filters=" + encode_percent(contracts::dump_json(filters));
}

Result<void> follow_events(const Engine& engine, std::string_view owner,
                           const std::function<void(const RuntimeEvent&)>& report,
                           std::stop_token stop) {
    ClientRequest request = engine.request("GET", events_target(owner));
    request.timeout = std::chrono::milliseconds(0);
    auto end = read_lines(
        engine.http(), std::move(request),
        [&report] { report({RuntimeEvent::Kind::watching, {}, {}, std::nullopt}); },
        [&report](std::string_view line) {
            if (const auto event = parse_event(line)) report(*event);
        },
        stop);
    if (stop.stop_requested()) return {};
    if (!end) return fail(std::move(end.error()).context("events"));
    // The engine may have been replaced by one that no longer supports our version.
    if (end->status == 400) (void)engine.negotiate();
    if (end->status != 200) return fail(refusal(end->status, end->rest, "events"));
    return fail(ErrorKind::transient, "events: the engine ended the stream");
}

}  // namespace control::docker
