#include "wrapper/wall/agent_door.h"

#include "contracts/base/id.h"
#include "contracts/fields/read.h"
#include "contracts/fields/write.h"
#include "contracts/messages/deploy.h"
#include "contracts/messages/engineering.h"
#include "contracts/messages/graph_command.h"
#include "contracts/messages/po.h"
#include "contracts/streams/entry.h"
#include "contracts/streams/names.h"
#include "contracts/streams/words.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <algorithm>
#include <cerrno>
#include <cstring>

namespace wrapper {

namespace {

using contracts::AgentAction;
using contracts::AgentReply;
using contracts::AgentRequest;
using contracts::ErrorKind;
using contracts::Json;
using contracts::UniqueFd;

// The reason for cancelling a task is a sentence.
constexpr std::size_t kMostReason = 1024;

void set_user(std::string& field, const std::string& user_id) {
    field = user_id;
}
void set_user(std::optional<std::string>& field, const std::string& user_id) {
    field = user_id;
}

template <class M>
contracts::Result<void> fits_an_agent(const M&) {
    return {};
}
// The contract of the stream allows more than an agent's command needs.
template <>
contracts::Result<void> fits_an_agent(const contracts::GraphCommand& message) {
    if (message.command != contracts::GraphVerb::cancel)
        return contracts::fail(ErrorKind::permission, "an agent may only cancel",
                               "message.command");
    if (message.text && message.text->size() > kMostReason)
        return contracts::fail(ErrorKind::invalid,
                               "must have at most " + std::to_string(kMostReason) + " bytes",
                               "message.text");
    return {};
}

template <class M>
contracts::Result<std::string> rewrite(const Json& message, const std::string& user_id,
                                       contracts::Timestamp now) {
    contracts::Result<M> read = contracts::read_message<M>(message, contracts::ReadContext{now});
    if (!read) {
        contracts::Error error = std::move(read.error());
        error.field = "message." + error.field;
        return contracts::fail(std::move(error));
    }
    if (auto fits = fits_an_agent(*read); !fits) return fits.fault();
    if (!user_id.empty()) set_user(read->user_id, user_id);
    read->callback_stream.reset();
    return contracts::format_message(*std::move(read));
}

// `message` was read by its contract, so it has the field as a text.
std::string_view text_of(const Json& message, const char* field) {
    return *message.find(field)->get_ptr<const std::string*>();
}

Json entries_of(contracts::ReplyView reply) {
    Json list = Json::array();
    for (contracts::Entry& entry : contracts::read_streams(reply).present) {
        // An entry that is not JSON is returned with its id only, so that the caller can continue.
        contracts::Result<Json> data = contracts::parse_json(entry.data);
        list.push_back({{"id", entry.id}, {"data", data ? std::move(*data) : Json()}});
    }
    return list;
}

// A body that is not JSON is passed on as text.
Json body_of(std::string& body) {
    contracts::Result<Json> document = contracts::parse_json(body);
    return document ? std::move(*document) : Json(std::move(body));
}

}  // namespace

contracts::Result<std::string> checked_message(std::string_view stream, const Json& message,
                                               const std::string& user_id,
                                               contracts::Timestamp now) {
    namespace names = contracts::names;
    if (stream == names::kEngineeringQueue)
        return rewrite<contracts::EngineeringMessage>(message, user_id, now);
    if (stream == names::kDeployQueue)
        return rewrite<contracts::DeployMessage>(message, user_id, now);
    if (stream == names::kGraphCommands)
        return rewrite<contracts::GraphCommand>(message, user_id, now);
    return contracts::fail(ErrorKind::permission, "the agent cannot write to it", "stream");
}

AgentDoor::AgentDoor(DoorSettings settings, const contracts::Clock& clock, contracts::Log log)
    : settings_(std::move(settings)), clock_(clock), log_(std::move(log)) {}

AgentDoor::~AgentDoor() {
    if (listener_.valid()) ::unlink(settings_.path.c_str());
}

contracts::Result<void> AgentDoor::open() {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (settings_.path.size() >= sizeof address.sun_path)
        return contracts::fail(ErrorKind::fatal, "is too long for a socket", "ORCHESTRATOR_SOCKET");
    std::memcpy(address.sun_path, settings_.path.data(), settings_.path.size());
    UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd.valid()) return contracts::fail(contracts::system_error(errno, "socket"));
    ::unlink(settings_.path.c_str());
    if (::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
        ::chmod(settings_.path.c_str(), 0666) != 0 ||
        ::listen(fd.get(), static_cast<int>(kMostCallers)) != 0)
        return contracts::fail(contracts::system_error(errno, "listen at " + settings_.path));
    listener_ = std::move(fd);
    return {};
}

void AgentDoor::watch(PollSet& poll) {
    slot_ = callers_.size() < kMostCallers ? poll.want(listener_.get(), POLLIN) : PollSet::kNone;
    for (Caller& caller : callers_) {
        const short wanted = static_cast<short>((caller.busy() ? 0 : POLLIN) |
                                                (caller.unsent.empty() ? 0 : POLLOUT));
        caller.slot = poll.want(caller.fd.get(), wanted);
        if (caller.api) caller.api->watch(poll);
        if (caller.bus) caller.bus->watch(poll);
    }
}

void AgentDoor::step(const PollSet& poll) {
    for (Caller& caller : callers_) {
        if (caller.api) step_api(caller);
        if (caller.bus) step_bus(caller);
        const short ready = poll.ready(caller.slot);
        if (!caller.unsent.empty()) {
            flush(caller);
            handle(caller);
        }
        if ((ready & POLLIN) != 0 && !caller.busy())
            read(caller);
        else if ((ready & (POLLHUP | POLLERR)) != 0)
            caller.closed = true;
    }
    std::erase_if(callers_, [](const Caller& caller) { return caller.closed; });
    if (poll.ready(slot_) != 0) accept();
}

void AgentDoor::accept() {
    while (callers_.size() < kMostCallers) {
        UniqueFd fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
        if (!fd.valid()) return;
        ucred peer{};
        socklen_t size = sizeof peer;
        if (::getsockopt(fd.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) continue;
        if (peer.uid != settings_.agent_uid) {
            log_.warning("rejected a connection from an unexpected uid",
                         {{"uid", static_cast<std::int64_t>(peer.uid)}});
            continue;
        }
        callers_.push_back(Caller{std::move(fd)});
    }
}

void AgentDoor::read(Caller& caller) {
    char bytes[4096];
    for (;;) {
        const ssize_t count = ::recv(caller.fd.get(), bytes, sizeof bytes, MSG_DONTWAIT);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0 && errno == EAGAIN) break;
        if (count <= 0) {
            caller.closed = true;
            return;
        }
        caller.received.append(bytes, static_cast<std::size_t>(count));
        if (caller.received.size() > contracts::kMaxAgentLine) {
            refuse(caller, contracts::Error{ErrorKind::invalid, "the request is too long"});
            caller.closed = true;
            return;
        }
        if (std::memchr(bytes, '\n', static_cast<std::size_t>(count)) != nullptr) break;
    }
    handle(caller);
}

// Handles the received requests until one has to wait for its answer, or until the caller has to
// read a reply first: we read no more from a caller that does not read our replies.
void AgentDoor::handle(Caller& caller) {
    while (!caller.busy() && !caller.closed) {
        const std::size_t end = caller.received.find('\n');
        if (end == std::string::npos) return;
        const std::string line = caller.received.substr(0, end);
        caller.received.erase(0, end + 1);
        if (auto begun = begin(caller, line); !begun) refuse(caller, begun.error());
    }
}

contracts::Result<void> AgentDoor::begin(Caller& caller, const std::string& line) {
    contracts::Result<AgentRequest> request = contracts::parse_message<AgentRequest>(line);
    if (!request) return request.fault();
    caller.action = request->action;
    if (auto allowed = settings_.allowed.check(request->command); !allowed) return allowed.fault();
    if (auto granted = contracts::check_grant(*request); !granted) return granted.fault();
    switch (request->action) {
        case AgentAction::api:
            return begin_api(caller, *request);
        case AgentAction::publish: {
            auto message = checked_message(*request->stream, in_conversation(*request->message),
                                           settings_.user_id, clock_.now());
            if (!message) return message.fault();
            if (auto dialed = dial(caller, {}); !dialed) return dialed;
            caller.bus->publish(contracts::sent_once(
                *request->stream, text_of(*request->message, "task_id"),
                text_of(*request->message, "request_id"), std::move(*message)));
            return {};
        }
        case AgentAction::follow: {
            const std::chrono::milliseconds wait(request->wait_ms.value_or(0));
            contracts::OwnedCommand command = contracts::words({"XREAD", "COUNT", "100"});
            if (wait.count() > 0)
                contracts::add_words(command, {"BLOCK", std::to_string(wait.count())});
            contracts::add_words(command,
                                 {"STREAMS", contracts::names::task_progress(*request->task_id),
                                  request->after ? *request->after : "0-0"});
            if (auto dialed = dial(caller, wait); !dialed) return dialed;
            caller.bus->ask(command);
            return {};
        }
        case AgentAction::respond:
            return begin_response(caller, *request);
    }
    return {};
}

contracts::Result<void> AgentDoor::begin_api(Caller& caller, const AgentRequest& request) {
    const std::string body = request.body ? contracts::dump_json(*request.body) : std::string();
    const std::string key = request.idempotency_key.value_or(std::string());
    for (const char c : key)
        if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7f)
            return contracts::fail(ErrorKind::invalid, "must have no blanks or control characters",
                                   "idempotency_key");
    auto exchange = std::make_unique<ApiExchange>();
    if (auto begun = exchange->begin(settings_.api_url, settings_.api_token,
                                     ApiRequest{*request.method, *request.path, body, key},
                                     clock_.instant());
        !begun)
        return begun;
    caller.api = std::move(exchange);
    return {};
}

// A message that an agent sends while a user waits belongs to that user's request.
Json AgentDoor::in_conversation(Json message) const {
    if (!conversation_ || !message.is_object()) return message;
    if (conversation_->correlation_id) message["correlation_id"] = *conversation_->correlation_id;
    if (conversation_->traceparent) message["traceparent"] = *conversation_->traceparent;
    return message;
}

void AgentDoor::speak_to(std::optional<Conversation> conversation) {
    conversation_ = std::move(conversation);
    responses_ = 0;
}

contracts::Result<void> AgentDoor::begin_response(Caller& caller, const AgentRequest& request) {
    if (settings_.user_stream.empty())
        return contracts::fail(ErrorKind::permission, "this worker has no user to speak to");
    if (!conversation_)
        return contracts::fail(ErrorKind::conflict, "no user waits for an answer now");
    const auto under_way = static_cast<std::size_t>(std::count_if(
        callers_.begin(), callers_.end(),
        [](const Caller& other) { return other.bus && other.action == AgentAction::respond; }));
    if (responses_ + under_way >= kMostResponses)
        return contracts::fail(ErrorKind::conflict,
                               "the user already got " + std::to_string(kMostResponses) +
                                   " messages before the answer, which is the limit",
                               {}, "put the rest into the answer");
    contracts::POWorkerOutput words;
    words.request_id = conversation_->request_id;
    words.user_id = conversation_->user_id;
    words.text = *request.text;
    words.is_final = false;
    words.timestamp = clock_.now();
    words.correlation_id = conversation_->correlation_id;
    words.traceparent = conversation_->traceparent;
    const std::string key = request.idempotency_key.value_or(contracts::make_uuid4());
    if (auto dialed = dial(caller, {}); !dialed) return dialed;
    caller.bus->publish(contracts::sent_once(settings_.user_stream, conversation_->request_id, key,
                                             contracts::format_message(std::move(words))));
    return {};
}

contracts::Result<void> AgentDoor::dial(Caller& caller, std::chrono::milliseconds wait) {
    constexpr std::chrono::milliseconds kDialPatience{1000};
    contracts::Result<contracts::Connection> connection =
        contracts::Connection::dial(settings_.redis, kDialPatience);
    if (!connection) return contracts::fail(ErrorKind::transient, "the bus cannot be reached");
    caller.bus = std::make_unique<BusExchange>(
        std::move(*connection), clock_.instant() + wait + contracts::kCommandTimeout);
    return {};
}

void AgentDoor::step_api(Caller& caller) {
    std::optional<contracts::Result<ApiAnswer>> answer = caller.api->step(clock_.instant());
    if (!answer) return;
    caller.api.reset();
    if (!*answer) {
        refuse(caller, answer->error());
    } else {
        AgentReply done;
        done.ok = true;
        done.status = (**answer).status;
        if (!(**answer).body.empty()) done.body = body_of((**answer).body);
        if (!(**answer).link.empty()) done.link = std::move((**answer).link);
        reply(caller, std::move(done));
    }
    handle(caller);
}

void AgentDoor::step_bus(Caller& caller) {
    const std::optional<contracts::Result<contracts::ReplyView>> said =
        caller.bus->step(clock_.instant());
    if (!said) return;
    if (!*said) {
        refuse(caller, said->error());
    } else {
        const contracts::ReplyView told = **said;
        AgentReply done;
        done.ok = true;
        if (caller.action == AgentAction::follow)
            done.entries = entries_of(told);
        else if (!told.text().empty())
            done.entry_id = std::string(told.text());
        if (caller.action == AgentAction::respond && done.entry_id) ++responses_;
        reply(caller, std::move(done));
    }
    caller.bus.reset();
    handle(caller);
}

void AgentDoor::refuse(Caller& caller, const contracts::Error& error) {
    log_.info("refused a request from the agent", {{"reason", error.describe()}});
    AgentReply no;
    no.fault =
        contracts::AgentFault{std::string(contracts::to_text(error.kind)), error.message, {}, {}};
    if (!error.field.empty()) no.fault->field = error.field;
    if (!error.next_step.empty()) no.fault->next_step = error.next_step;
    reply(caller, std::move(no));
}

void AgentDoor::reply(Caller& caller, AgentReply reply) {
    caller.unsent.append(contracts::format_message(std::move(reply))).append("\n");
    flush(caller);
}

void AgentDoor::flush(Caller& caller) {
    const ssize_t count = ::send(caller.fd.get(), caller.unsent.data(), caller.unsent.size(),
                                 MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count > 0)
        caller.unsent.erase(0, static_cast<std::size_t>(count));
    else if (count < 0 && errno != EAGAIN && errno != EINTR)
        caller.closed = true;
}

}  // namespace wrapper
