// A module is a graph with everything that it needs from the role that runs it. `Graphs` runs a
// list of modules and knows none of them by name; the daemon's wiring creates the list.
//
// A module in ten lines (kit/ has the parts that every graph needs again):
//
//     Module greeting_module(GreetingSettings settings, Greeter& greeter) {
//         Module module;
//         module.graph = greeting_graph(std::move(settings));
//         module.streams = {{.name = "greeting:queue", .open = open_greeting}};
//         module.writers = task_writers();
//         module.calls = {{"greeter.greet", [&greeter](const Json& a) { return greeter.greet(a);
//         }}}; return module;
//     }
//
// Its nodes declare what they use, so that a mistake is found at start and not at run time:
//
//     {.name = "greet", .decide = ..., .edges = {"back_off", "ask_person"},
//      .writes = {"task.running", "task.completed"}, .calls = {"greeter.greet"}, .waits = true}
//
// Input: worker responses ("response:<request_id>"), worker outputs ("output:<request_id>"), call
// results ("called:<effect key>") and commands of people reach the thread that waits for them
// without the module's help. Its `streams` are what it reads in addition.
#pragma once

#include "contracts/entities/entities.h"
#include "contracts/streams/entry.h"
#include "contracts/streams/names.h"
#include "control/graphs/engine/graph.h"
#include "control/graphs/engine/handlers.h"

namespace control::graphs {

// The user_id of a message that the sweep sends for a project without an owner.
inline constexpr std::string_view kNobody = "sweep";

// The thread that a message opens.
struct Opening {
    std::string subject;  // unique within its graph; for a task's thread the task's id
    Json state;           // the checkpoint with which the start node is entered
};

// A stream that a module reads. Exactly one of the two functions is set. An Error that is not
// retryable sends the entry to the dead letters, with the error's message.
struct Stream {
    std::string name;
    std::string group{contracts::names::kGraphsGroup};
    // Opens a thread, in a transaction. Empty: there is nothing to do (the task has ended).
    std::function<Result<std::optional<Opening>>(Queries&, const contracts::Entry&)> open{};
    // Returns an event for the thread that waits for its key. Empty: the entry concerns no thread.
    // Several modules may read one stream for events; an event that no thread waits for changes
    // nothing.
    std::function<Result<std::optional<Event>>(const contracts::Entry&)> event{};
};

struct Module {
    Graph graph;
    std::vector<Stream> streams{};
    Writers writers{};  // by the names in Node::writes; only for this graph
    // By the names in Node::calls, "<role's prefix>.<verb>". Modules that share a call take its
    // handler from one function. A handler may be empty where GraphsSettings::calls leaves its name
    // to other daemons.
    CallHandlers calls{};
    // Set: each thread's subject is a task of this type, and the graph has the type's name. The
    // sweep opens threads that are missing, and commands and cancelled rows of such tasks reach
    // their threads.
    std::optional<contracts::TaskType> task_type{};

    // The stream that opens threads; null if there is none.
    [[nodiscard]] const Stream* opening() const;
    // `fatal`, naming the node and the mistake: what Graph::check finds, a declared write without a
    // writer or a call that is not listed here, a stream without exactly one function, a task type
    // without an opening stream.
    [[nodiscard]] Result<void> check() const;
};

// Checks each module, and that no two share a name, an opening stream or a task type.
[[nodiscard]] Result<void> check(const std::vector<Module>& modules);

}  // namespace control::graphs
