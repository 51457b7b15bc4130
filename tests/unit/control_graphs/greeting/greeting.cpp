#include "tests/unit/control_graphs/greeting/greeting.h"

#include "contracts/messages/meta.h"
#include "control/graphs/kit/call.h"
#include "control/graphs/kit/node.h"
#include "control/graphs/kit/report.h"

namespace tests {

using namespace control::graphs;
using namespace std::chrono_literals;

namespace {

struct GreetingMessage : contracts::BaseMessage {
    std::string language;
};
void visit_fields(GreetingMessage& message, contracts::FieldList& fields) {
    visit_fields(static_cast<contracts::BaseMessage&>(message), fields);
    fields.required("language", message.language, contracts::kNonEmptyText);
}

struct GreetingResult : contracts::BaseResult {
    std::string word;
};
void visit_fields(GreetingResult& message, contracts::FieldList& fields) {
    visit_fields(static_cast<contracts::BaseResult&>(message), fields);
    fields.required("word", message.word);
}

struct GreetingState : RequestPart {
    std::string language;
    std::string word;
};
void visit_fields(GreetingState& state, contracts::FieldList& fields) {
    visit_fields(static_cast<RequestPart&>(state), fields);
    fields.required("language", state.language);
    fields.defaulted("word", state.word);
}

struct GreetingSettings {};
using Greet = MoveOf<GreetingState, GreetingSettings>;

Next ask_for_word(Greet& move) {
    if (move.is(kEnter))
        return call(move, "greeter.word", {{"language", move.state.language}}, 600s);
    const CallEnd end = call_end(move, "the greeter");
    if (!end.ok) return GoTo{"ask_for_word"};
    move.state.word = end.value.value("word", "");
    return GoTo{"tell"};
}

Next tell(Greet& move) {
    GreetingResult result;
    result.word = move.state.word;
    send_result(move, move.state, std::move(result), true, {});
    return Done{};
}

void leave_as_it_is(Greet&) {}

Result<std::optional<Opening>> open(control::Queries&, const contracts::Entry& entry) {
    Result<GreetingMessage> message = contracts::parse_entry<GreetingMessage>(entry);
    if (!message) return contracts::fail(std::move(message.error()));
    GreetingState state;
    state.request_id = message->request_id;
    state.correlation_id = message->correlation_id;
    state.callback_stream = message->callback_stream;
    state.language = message->language;
    return Opening{message->request_id, contracts::write_message(state)};
}

}  // namespace

Module greeting_module(CallHandler handler) {
    const auto settings = std::make_shared<const GreetingSettings>();
    Module module;
    module.graph = {.name = "greeting",
                    .start = "ask_for_word",
                    .nodes = {{.name = "ask_for_word",
                               .decide = decide_with<Greet>(settings, ask_for_word),
                               .edges = {"tell", "ask_for_word"},
                               .calls = {"greeter.word"},
                               .waits = true},
                              {.name = "tell", .decide = decide_with<Greet>(settings, tell)}},
                    .cancelled = change_with<Greet>(settings, leave_as_it_is),
                    .retried = change_with<Greet>(settings, leave_as_it_is),
                    .late = change_with<Greet>(settings, leave_as_it_is)};
    module.streams = {{.name = "greeting:queue", .open = open}};
    module.calls = {{"greeter.word", std::move(handler)}};
    return module;
}

}  // namespace tests
