// A graph is data: named nodes and the edges between them. A node decides and never does: it is a
// pure function of where a thread stands and what happened, and says what the state is now, which
// effects to have, and what comes next. The engine writes all of it in one transaction; whoever
// delivers the effects comes after.
//
// A node is entered (event `enter`), and when it chose to wait it is asked again with the event it
// waited for. Since a step may be decided anew after a crash, a node reads no clock, no random
// number and no file: all it may know is in its Turn.
#pragma once

#include "contracts/base/clock.h"
#include "contracts/base/json.h"
#include "contracts/base/result.h"
#include "control/store/flow_graphs.h"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace control::graphs {

using contracts::Json;
using contracts::Result;
using contracts::Timestamp;

// Names of the events that the engine itself makes.
inline constexpr std::string_view kEnter = "enter";
inline constexpr std::string_view kTimeout = "timeout";  // the deadline of a wait has passed
inline constexpr std::string_view kRetry = "retry";      // a person asks for another try
inline constexpr std::string_view kCancel = "cancel";
inline constexpr std::string_view kCalled = "called";  // a call effect's result

// What happened. An awaited event is known by its key, "<name>:<id>": "called:<effect key>",
// "output:<request_id>".
struct Event {
    std::string name{};
    std::string id{};
    Json body = Json::object();

    [[nodiscard]] std::string key() const { return name + ":" + id; }
};
[[nodiscard]] inline Event entered() {
    return {std::string(kEnter), {}, Json::object()};
}

enum class EffectKind { publish, call };

struct Effect {
    EffectKind kind = EffectKind::publish;
    std::string key;     // "thread:step:n"
    std::string target;  // the stream, or the name of the call
    Json body;           // the message, or the arguments
};

// A change of another entity's row in the same transaction: done by a Writer registered under this
// name.
struct Write {
    std::string name;
    Json body;
};

// What a decision has for the outside. Keys depend on nothing but the thread, the step and the
// order, so that a step decided twice has the same effects under the same keys.
class Effects {
public:
    Effects(std::string_view thread, std::int64_t step);

    // The request_id for the message that is published next: made from its key, so that the far
    // side recognises a second delivery.
    [[nodiscard]] std::string next_request_id() const;
    void publish(std::string stream, Json message);
    // Returns the key of the event that will bring the result.
    std::string call(std::string name, Json arguments);
    void write(std::string name, Json body);

    [[nodiscard]] const std::vector<Effect>& effects() const { return effects_; }
    [[nodiscard]] const std::vector<Write>& writes() const { return writes_; }

private:
    [[nodiscard]] std::string next_key() const;

    std::string prefix_;
    std::vector<Effect> effects_;
    std::vector<Write> writes_;
};

// A UUID made of a text: the same text, the same UUID.
[[nodiscard]] std::string uuid_of(std::string_view text);

struct Turn {
    std::string_view thread;
    std::int64_t step = 0;
    std::string_view node;
    Timestamp now{};
    const Json& state;
    const Event& event;
};

struct GoTo {
    std::string node;
};
// For the first of these events, or until then; at least one of the two is given.
struct Wait {
    std::vector<std::string> keys;
    std::optional<Timestamp> until{};
};
struct Done {};
// A person has to look: retry, answer or cancel.
struct Blocked {
    std::string reason;
};
struct Failed {
    std::string reason;
};
using Next = std::variant<GoTo, Wait, Done, Blocked, Failed>;

struct Step {
    Json state;
    Next next;
};

// Effects come out through `effects`. An Error blocks the thread with its words.
using Decide = std::function<Result<Step>(const Turn& turn, Effects& effects)>;
// Decides about the state alone; where the thread goes is the engine's business.
using Change = std::function<Result<Json>(const Turn& turn, Effects& effects)>;

// A node says beforehand what its decisions may ask for: a decision that asks for more blocks the
// thread, and what nobody can do is found when the daemon starts.
struct Node {
    std::string name;
    Decide decide;
    std::vector<std::string> edges{};   // the nodes it may go to
    std::vector<std::string> writes{};  // the writers it may ask for
    std::vector<std::string> calls{};   // the calls it may make
    bool waits = false;                 // it may wait; else it goes on or ends at once
};

struct Graph {
    std::string name;
    std::string start;
    std::vector<Node> nodes;
    Change cancelled;  // the thread is being cancelled: give back what it holds
    Change retried;    // a person asked: `turn.node` will be entered again (event `retry`)
    Change late;       // an answer came that the thread no longer waits for
    std::vector<std::string> writes{};  // the writers that these three may ask for

    [[nodiscard]] const Node* find(std::string_view node) const;
    // Names what does not fit: an edge to nowhere, a name twice, a node that cannot be reached, a
    // missing function, a circle of nodes that never wait.
    [[nodiscard]] Result<void> check() const;
};

// What people are shown of it (store/flow_graphs.h).
[[nodiscard]] FlowGraph outline(const Graph& graph, Timestamp now);

}  // namespace control::graphs
