// A graph is data: named nodes and the edges between them. A node only decides: it is a pure
// function of the thread's state and an event, and returns the new state, the effects, and what
// comes next. The engine writes all of it in one transaction; the effects are delivered afterwards.
//
// A node is entered (event `enter`), and if it chose to wait, it is called again with the event
// that it waited for. Because a step may be decided again after a crash, a node reads no clock, no
// random number and no file: everything that it may know is in its Turn.
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

// Names of the engine's own events.
inline constexpr std::string_view kEnter = "enter";
inline constexpr std::string_view kTimeout = "timeout";  // the deadline of a wait has passed
inline constexpr std::string_view kRetry = "retry";      // a person requests another try
inline constexpr std::string_view kCancel = "cancel";
inline constexpr std::string_view kCalled = "called";  // a call effect's result

// What happened. An awaited event is identified by its key, "<name>:<id>": "called:<effect key>",
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

// A change of another entity's row in the same transaction, made by the Writer registered under
// this name.
struct Write {
    std::string name;
    Json body;
};

// The effects of a decision. Their keys depend only on the thread, the step and the order, so that
// a step that is decided twice has the same effects with the same keys.
class Effects {
public:
    Effects(std::string_view thread, std::int64_t step);

    // The request_id for the message that is published next: derived from its key, so that the
    // receiver recognises a second delivery.
    [[nodiscard]] std::string next_request_id() const;
    void publish(std::string stream, Json message);
    // Returns the key of the event that will contain the result.
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

// A UUID derived from a text: the same text gives the same UUID.
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
// Waits for the first of these events, or until that time; at least one of the two is given.
struct Wait {
    std::vector<std::string> keys;
    std::optional<Timestamp> until{};
};
struct Done {};
// A person has to act: retry, answer or cancel.
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

// Adds its effects to `effects`. An Error blocks the thread, with the error's message.
using Decide = std::function<Result<Step>(const Turn& turn, Effects& effects)>;
// Decides only about the state; the engine decides where the thread goes.
using Change = std::function<Result<Json>(const Turn& turn, Effects& effects)>;

// A node declares what its decisions may use: a decision that uses more blocks the thread, and a
// missing function is found when the daemon starts.
struct Node {
    std::string name;
    Decide decide;
    std::vector<std::string> edges{};   // the nodes it may go to
    std::vector<std::string> writes{};  // the writers it may use
    std::vector<std::string> calls{};   // the calls it may make
    bool waits = false;                 // it may wait; otherwise it continues or ends at once
};

struct Graph {
    std::string name;
    std::string start;
    std::vector<Node> nodes;
    Change cancelled;  // the thread is being cancelled: release what it holds
    Change retried;    // a person requested it: `turn.node` will be entered again (event `retry`)
    Change late;       // an answer arrived that the thread no longer waits for
    std::vector<std::string> writes{};  // the writers that these three may use

    [[nodiscard]] const Node* find(std::string_view node) const;
    // Reports the first fault: an edge without a target, a duplicate name, a node that cannot be
    // reached, a missing function, a cycle of nodes that never wait.
    [[nodiscard]] Result<void> check() const;
};

// The graph as people see it (store/flow_graphs.h).
[[nodiscard]] FlowGraph outline(const Graph& graph, Timestamp now);

}  // namespace control::graphs
