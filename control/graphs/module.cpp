#include "control/graphs/module.h"

#include <algorithm>
#include <set>

namespace control::graphs {

using contracts::ErrorKind;
using contracts::fail;

namespace {

std::unexpected<contracts::Error> wrong(const Module& module, const std::string& what) {
    return fail(ErrorKind::fatal, "graph " + module.graph.name + ": " + what);
}

Result<void> check_streams(const Module& module) {
    std::size_t opening = 0;
    for (const Stream& stream : module.streams) {
        if (static_cast<bool>(stream.open) == static_cast<bool>(stream.event))
            return wrong(module,
                         "stream " + stream.name + " needs one function: `open` or `event`");
        opening += stream.open ? 1 : 0;
    }
    if (opening > 1) return wrong(module, "two streams open its threads");
    if (module.task_type && opening == 0)
        return wrong(module, "it has a task type, and no stream opens its threads");
    if (module.task_type && module.graph.name != contracts::to_text(*module.task_type))
        return wrong(module, "it takes tasks of type " +
                                 std::string(contracts::to_text(*module.task_type)) +
                                 ", so that must be its name");
    return {};
}

Result<void> check_writes(const Module& module, const std::string& where,
                          const std::vector<std::string>& writes) {
    for (const std::string& write : writes)
        if (const auto found = module.writers.find(write);
            found == module.writers.end() || !found->second)
            return wrong(module, where + " writes " + write + ", for which there is no writer");
    return {};
}

Result<void> check_calls(const Module& module, const Node& node) {
    for (const std::string& call : node.calls)
        if (!module.calls.contains(call))
            return wrong(module, "node " + node.name + " calls " + call +
                                     ", for which there is no function");
    return {};
}

}  // namespace

const Stream* Module::opening() const {
    const auto found = std::find_if(streams.begin(), streams.end(), [](const Stream& stream) {
        return static_cast<bool>(stream.open);
    });
    return found == streams.end() ? nullptr : &*found;
}

Result<void> Module::check() const {
    if (Result<void> sound = graph.check(); !sound) return sound;
    if (Result<void> sound = check_streams(*this); !sound) return sound;
    if (Result<void> sound = check_writes(*this, "the graph", graph.writes); !sound) return sound;
    for (const Node& node : graph.nodes) {
        if (Result<void> sound = check_writes(*this, "node " + node.name, node.writes); !sound)
            return sound;
        if (Result<void> sound = check_calls(*this, node); !sound) return sound;
    }
    return {};
}

Result<void> check(const std::vector<Module>& modules) {
    std::set<std::string> names, queues;
    std::set<contracts::TaskType> types;
    for (const Module& module : modules) {
        if (Result<void> sound = module.check(); !sound) return sound;
        if (!names.insert(module.graph.name).second)
            return wrong(module, "there are two graphs of this name");
        if (const Stream* queue = module.opening();
            queue != nullptr && !queues.insert(queue->name).second)
            return wrong(module, "another graph opens its threads from " + queue->name + " too");
        if (module.task_type && !types.insert(*module.task_type).second)
            return wrong(module, "another graph takes tasks of type " +
                                     std::string(contracts::to_text(*module.task_type)) + " too");
    }
    return {};
}

}  // namespace control::graphs
