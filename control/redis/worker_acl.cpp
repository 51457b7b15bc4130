#include "control/redis/worker_acl.h"

#include "contracts/agent_socket/protocol.h"
#include "contracts/permissions/allowed_commands.h"
#include "contracts/streams/names.h"

namespace control {

namespace names = contracts::names;
using contracts::Result;

namespace {

// A key pattern is a glob and a selector is split at spaces: an identifier with either would grant
// access to more than its own keys.
Result<void> check_identifier(std::string_view name, std::string_view value) {
    for (const char c : value) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                           (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.' || c == ':';
        if (!plain)
            return contracts::fail(
                contracts::ErrorKind::invalid,
                "may contain only letters, digits and _ - . :", std::string(name));
    }
    return {};
}

// One selector: these commands on these keys and on no others.
class Selector {
public:
    explicit Selector(std::string_view commands) : rule_("(" + std::string(commands)) {}
    Selector& key(std::string_view key) { return permit(" ~", key); }
    Selector& written(std::string_view key) { return permit(" %W~", key); }
    Selector& read(std::string_view key) { return permit(" %R~", key); }
    [[nodiscard]] std::string rule() const { return rule_ + ")"; }

private:
    Selector& permit(std::string_view how, std::string_view key) {
        rule_.append(how).append(key);
        return *this;
    }
    std::string rule_;
};

std::vector<std::string> inputs_of(const WorkerAccess& access) {
    if (access.type == contracts::WorkerType::po) return {names::po_input(access.worker_id)};
    std::vector<std::string> inputs{names::developer_input(access.worker_id)};
    if (access.task_id.empty()) inputs.emplace_back(names::kDeveloperInput);
    return inputs;
}

std::string reading(const WorkerAccess& access) {
    Selector selector("+xgroup|create +xreadgroup +xack +xautoclaim +xclaim +xpending");
    for (const std::string& input : inputs_of(access))
        selector.key(input);
    return selector.rule();
}

std::string output_of(const WorkerAccess& access) {
    return access.type == contracts::WorkerType::po ? names::po_output(access.worker_id)
                                                    : std::string(names::kDeveloperOutput);
}

// Streams that belong to this worker or its task alone; they expire by themselves.
std::vector<std::string> ending_streams_of(const WorkerAccess& access) {
    std::vector<std::string> streams;
    if (access.type == contracts::WorkerType::po) streams.push_back(output_of(access));
    for (const std::string& input : inputs_of(access))
        streams.push_back(names::dead_letters(input));
    if (!access.task_id.empty()) streams.push_back(names::task_progress(access.task_id));
    return streams;
}

std::vector<std::string> written_streams_of(const WorkerAccess& access) {
    std::vector<std::string> streams = ending_streams_of(access);
    if (access.type != contracts::WorkerType::po) streams.push_back(output_of(access));
    streams.emplace_back(names::kWorkerLifecycle);
    const contracts::AllowedCommands allowed(contracts::expand_profiles(access.allowed_commands));
    for (const contracts::Grant& grant : contracts::grants())
        if (grant.action == contracts::AgentAction::publish && allowed.allows(grant.command))
            streams.emplace_back(grant.stream);
    return streams;
}

std::string adding(const WorkerAccess& access) {
    Selector selector("+xadd");
    for (const std::string& stream : written_streams_of(access))
        selector.written(stream);
    return selector.rule();
}

std::string ending(const WorkerAccess& access) {
    Selector selector("+expire");
    for (const std::string& stream : ending_streams_of(access))
        selector.written(stream);
    return selector.rule();
}

// Reveals the type of a transaction's keys and whether they changed, but not their content.
std::string checking(const WorkerAccess& access) {
    Selector selector("+watch +type");
    for (const std::string& stream : written_streams_of(access))
        selector.read(stream);
    for (const std::string& input : inputs_of(access))
        selector.read(input);
    selector.read(names::worker_status(access.worker_id));
    return selector.rule();
}

bool may_follow(const WorkerAccess& access) {
    const contracts::AllowedCommands allowed(contracts::expand_profiles(access.allowed_commands));
    for (const contracts::Grant& grant : contracts::grants())
        if (grant.action == contracts::AgentAction::follow && allowed.allows(grant.command))
            return true;
    return false;
}

}  // namespace

std::string worker_user(std::string_view worker_id) {
    return "worker-" + std::string(worker_id);
}

Result<std::vector<std::string>> worker_acl(const WorkerAccess& access) {
    if (access.worker_id.empty())
        return contracts::fail(contracts::ErrorKind::invalid, "must not be empty", "worker_id");
    if (auto checked = check_identifier("worker_id", access.worker_id); !checked)
        return checked.fault();
    if (auto checked = check_identifier("task_id", access.task_id); !checked)
        return checked.fault();
    const std::string& id = access.worker_id;
    std::vector<std::string> rules{
        "reset", "on", "+ping", "+multi", "+exec", "+discard", "+unwatch", reading(access),
        adding(access), ending(access), checking(access),
        Selector("+hset +hget +hgetall +hdel").key(names::worker_status(id)).rule(),
        Selector("+get +set +del +expire").key(names::worker_session(id)).rule(),
        Selector("+set +del").key(names::worker_heartbeat(id)).rule(),
        // The requests that it will receive are not known when it connects.
        Selector("+watch +exists +get +set").key(names::answered("*")).rule()};
    // Its own answers; a developer's answers are in a stream shared with others.
    if (access.type == contracts::WorkerType::po)
        rules.push_back(Selector("+xrange").read(names::po_output(id)).rule());
    // A Product Owner follows tasks that do not exist yet when it connects.
    if (may_follow(access))
        rules.push_back(Selector("+xread +xrange").read(names::task_progress("*")).rule());
    return rules;
}

}  // namespace control
