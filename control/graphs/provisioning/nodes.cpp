#include "control/graphs/provisioning/nodes.h"

#include "contracts/messages/notice.h"
#include "contracts/messages/progress.h"
#include "contracts/messages/provisioner.h"
#include "contracts/streams/names.h"
#include "control/graphs/kit/call.h"
#include "control/graphs/kit/notify.h"
#include "control/graphs/kit/patience.h"
#include "control/graphs/kit/report.h"
#include "control/graphs/kit/tail.h"
#include "control/store/provisioning.h"

namespace control::graphs::provisioning_nodes {

using contracts::NoticeKind;
using contracts::ProgressType;

namespace {

constexpr std::size_t kMostFailure = 1000;

void tell_progress(ProvisioningMove& move, std::string_view step, ProgressType type,
                   std::int64_t percent, const std::string& message) {
    contracts::ProgressEvent event;
    event.type = type;
    event.request_id = move.state.request_id;
    event.timestamp = move.turn.now;
    event.message = message;
    event.progress_pct = percent;
    event.current_step = std::string(step);
    if (type == ProgressType::failed) event.error = message;
    move.effects.publish(contracts::names::task_progress(move.state.request_id),
                         contracts::write_message(event));
}

void tell_admins(ProvisioningMove& move, NoticeKind kind, std::string text) {
    contracts::Notice notice;
    static_cast<contracts::QueueMeta&>(notice) = meta_of(move.state, move.turn.now);
    notice.request_id = move.effects.next_request_id();
    notice.kind = kind;
    if (!move.state.server_id.empty()) notice.server_id = move.state.server_id;
    notice.text = as_sentence(std::move(text));
    move.effects.publish(std::string(contracts::names::kChatNotices),
                         contracts::write_message(notice));
}

// Publishes the result on provisioner:results and on the message's callback stream.
void tell_result(ProvisioningMove& move, bool success) {
    contracts::ProvisionerResult result;
    result.server_handle = move.state.server_handle;
    if (!move.state.address.empty()) result.server_ip = move.state.address;
    result.services_redeployed = move.state.redeployed;
    if (!success) result.errors = {move.state.failure};
    RequestPart everybody = move.state;
    everybody.callback_stream = std::string(contracts::names::kProvisionerResults);
    send_result(move, everybody, result, success, move.state.failure);
    send_result(move, move.state, result, success, move.state.failure);
}

Json request_of(const ProvisioningState& state) {
    return {{"request_id", state.request_id},
            {"server_handle", state.server_handle},
            {"server_id", state.server_id},
            {"attempt", state.attempt},
            {"force_reinstall", state.force_reinstall},
            {"is_recovery", state.is_recovery}};
}

void write_end(ProvisioningMove& move, std::string_view status) {
    move.effects.write("provision.record", {{"server_id", move.state.server_id},
                                            {"server_handle", move.state.server_handle},
                                            {"request_id", move.state.request_id},
                                            {"attempt", move.state.attempt},
                                            {"is_recovery", move.state.is_recovery},
                                            {"status", status},
                                            {"failure", move.state.failure}});
}

// Only a transient failure may pass by itself; others need a person.
bool may_pass(const CallEnd& end) {
    return end.kind == "transient";
}

Next attempt_failed(ProvisioningMove& move, const std::string& step, const CallEnd& end) {
    ProvisioningState& state = move.state;
    state.failure = tail_of(step + ": " + end.error, kMostFailure);
    if (!may_pass(end) || state.attempt >= kMostProvisioningAttempts) return GoTo{"give_up"};
    state.wait_ms = move.settings.attempt_wait.count() * state.attempt;
    state.trouble = state.failure;
    return GoTo{kBackOff};
}

}  // namespace

Next begin(ProvisioningMove& move) {
    ProvisioningState& state = move.state;
    if (move.is(kEnter)) {
        ++state.attempt;
        tell_progress(move, "begin", ProgressType::started, 0,
                      "Attempt " + std::to_string(state.attempt) + " for " + state.server_handle);
        return call(move, "provision.begin", request_of(state), move.settings.call);
    }
    const CallEnd end = call_end(move, "the role infra");
    if (!end.ok) return attempt_failed(move, "the server", end);
    state.server_id = end.value.value("server_id", "");
    state.address = end.value.value("address", "");
    return GoTo{state.force_reinstall && !state.reinstalled ? "reinstall" : "reach"};
}

Next reinstall(ProvisioningMove& move) {
    ProvisioningState& state = move.state;
    if (move.is(kEnter)) {
        tell_progress(move, "reinstall", ProgressType::progress, 5,
                      "Reinstalling the system, which takes 10 to 15 minutes");
        return call(move, "provision.reinstall", request_of(state), move.settings.reinstall);
    }
    const CallEnd end = call_end(move, "the provider");
    if (!end.ok) {
        // It is unknown whether it was started, so it is not started again automatically.
        state.failure = tail_of("the reinstall: " + end.error, kMostFailure);
        return GoTo{"give_up"};
    }
    state.reinstalled = true;
    return GoTo{"reach"};
}

Next reach(ProvisioningMove& move) {
    ProvisioningState& state = move.state;
    if (move.is(kEnter)) {
        tell_progress(move, "reach", ProgressType::progress, 20, "Logging in to the server");
        return call(move, "provision.reach", request_of(state), move.settings.call);
    }
    const CallEnd end = call_end(move, "the server");
    state.out_of_reach = !end.ok;
    if (!end.ok) return attempt_failed(move, "ssh", end);
    return GoTo{"access"};
}

Next access(ProvisioningMove& move) {
    ProvisioningState& state = move.state;
    if (move.is(kEnter)) {
        tell_progress(move, "access", ProgressType::progress, 30, "Securing access");
        return call(move, "provision.access", request_of(state), move.settings.access);
    }
    const CallEnd end = call_end(move, "the server");
    if (!end.ok) return attempt_failed(move, "access", end);
    return GoTo{"software"};
}

Next software(ProvisioningMove& move) {
    ProvisioningState& state = move.state;
    if (move.is(kEnter)) {
        tell_progress(move, "software", ProgressType::progress, 50, "Installing its software");
        return call(move, "provision.software", request_of(state), move.settings.software);
    }
    const CallEnd end = call_end(move, "the server");
    if (!end.ok) return attempt_failed(move, "software", end);
    return GoTo{"record"};
}

Next record(ProvisioningMove& move) {
    ProvisioningState& state = move.state;
    state.failure.clear();
    write_end(move, "active");
    tell_progress(move, "record", ProgressType::completed, 100, state.server_handle + " is ready");
    tell_result(move, true);
    tell_admins(move, NoticeKind::provisioned,
                "The server " + state.server_handle + " (" + state.address +
                    ") is ready for deployments" +
                    (state.is_recovery ? "; deploying again what ran there" : ""));
    return Done{};
}

Next wait_and_try_again(ProvisioningMove& move) {
    ProvisioningState& state = move.state;
    if (!move.is(kEnter)) return GoTo{"begin"};
    tell_progress(move, "wait", ProgressType::progress, 0, waiting_words(state));
    return Wait{{}, move.turn.now + std::chrono::milliseconds(state.wait_ms)};
}

// A request that was refused before an attempt began leaves the server unchanged.
Next give_up(ProvisioningMove& move) {
    ProvisioningState& state = move.state;
    if (!state.server_id.empty()) write_end(move, state.out_of_reach ? "unreachable" : "error");
    tell_progress(move, "give_up", ProgressType::failed, 0, state.failure);
    tell_result(move, false);
    tell_admins(move, NoticeKind::provision_failed,
                "The server " + state.server_handle + " could not be set up. " +
                    as_sentence(state.failure) +
                    " When that is fixed: orchestrator infra provision " +
                    (state.server_id.empty() ? std::string("ID") : state.server_id));
    return Failed{state.failure};
}

void when_cancelled(ProvisioningMove& move) {
    if (move.state.server_id.empty()) return;
    move.state.failure = "it was cancelled";
    write_end(move, "error");
}

void when_retried(ProvisioningMove& move) {
    take_answer(move, move.state);
}

void when_late(ProvisioningMove&) {}

}  // namespace control::graphs::provisioning_nodes
