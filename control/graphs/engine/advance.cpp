// Deciding: runs nodes one after the other and writes nothing.
#include "control/graphs/engine/engine.h"

#include <algorithm>

namespace control::graphs {

namespace {

constexpr std::size_t kMaxReason = 2000;

std::string bounded(std::string text) {
    if (text.size() > kMaxReason) text.resize(kMaxReason);
    return text;
}

void end_as(Thread& thread, ThreadStatus status, std::string reason) {
    thread.status = status;
    thread.reason = reason.empty() ? std::nullopt : std::optional(bounded(std::move(reason)));
    thread.wake_at.reset();
    thread.deadline.reset();
}

// Moves the thread according to `next`; returns the description for its history.
std::string follow(const Node& node, Next next, Decision& decision) {
    Thread& thread = decision.after;
    if (auto* go = std::get_if<GoTo>(&next)) {
        const bool drawn =
            std::find(node.edges.begin(), node.edges.end(), go->node) != node.edges.end();
        if (!drawn) {
            end_as(thread, ThreadStatus::blocked,
                   "the graph has no edge from " + node.name + " to " + go->node);
            return "blocked: " + *thread.reason;
        }
        thread.node = go->node;
        thread.status = ThreadStatus::running;
        return "go to " + thread.node;
    }
    if (auto* wait = std::get_if<Wait>(&next)) {
        const std::string slip = wait->keys.empty() && !wait->until
                                     ? " waits without an event or a deadline"
                                 : !node.waits ? " waits, which it does not declare"
                                               : "";
        if (!slip.empty()) {
            end_as(thread, ThreadStatus::blocked, node.name + slip);
            return "blocked: " + *thread.reason;
        }
        thread.status = ThreadStatus::waiting;
        thread.deadline = wait->until;
        thread.wake_at = wait->until;
        decision.waits = std::move(wait->keys);
        return "wait";
    }
    if (std::holds_alternative<Done>(next)) {
        end_as(thread, ThreadStatus::completed, {});
        return "done";
    }
    if (auto* blocked = std::get_if<Blocked>(&next)) {
        end_as(thread, ThreadStatus::blocked, std::move(blocked->reason));
        return "blocked: " + thread.reason.value_or("");
    }
    end_as(thread, ThreadStatus::failed, std::move(std::get<Failed>(next).reason));
    return "failed: " + thread.reason.value_or("");
}

template <class T>
void append(std::vector<T>& to, const std::vector<T>& from) {
    to.insert(to.end(), from.begin(), from.end());
}

// The effects of a decision that its node does not declare; empty: none.
std::string undeclared(const Node& node, const Effects& effects) {
    const auto lacks = [](const std::vector<std::string>& names, const std::string& name) {
        return std::find(names.begin(), names.end(), name) == names.end();
    };
    for (const Write& write : effects.writes())
        if (lacks(node.writes, write.name)) return "the write " + write.name;
    for (const Effect& effect : effects.effects())
        if (effect.kind == EffectKind::call && lacks(node.calls, effect.target))
            return "the call " + effect.target;
    return {};
}

// Runs the node. An effect that the node does not declare is a failure of the node.
Result<Step> decide(const Node& node, const Turn& turn, Effects& effects) {
    Result<Step> step = node.decide(turn, effects);
    if (!step) return step;
    if (const std::string slip = undeclared(node, effects); !slip.empty())
        return contracts::fail(contracts::ErrorKind::fatal,
                               node.name + " asks for " + slip + ", which it does not declare");
    return step;
}

// Runs one step. False: the thread does not continue without an event.
bool step_once(const Graph& graph, Json& state, const Event& event, Timestamp now,
               Decision& decision) {
    Thread& thread = decision.after;
    ThreadStep done{thread.step, now, thread.node, event.name, {}};
    const Node* node = graph.find(thread.node);
    if (node == nullptr) {
        end_as(thread, ThreadStatus::blocked,
               "graph " + graph.name + " has no node " + thread.node + " any more");
        done.outcome = "blocked: " + *thread.reason;
    } else {
        Effects effects(thread.id, thread.step);
        Result<Step> step =
            decide(*node, {thread.id, thread.step, thread.node, now, state, event}, effects);
        if (step) {
            state = std::move(step->state);
            append(decision.effects, effects.effects());
            append(decision.writes, effects.writes());
            done.outcome = follow(*node, std::move(step->next), decision);
        } else {
            end_as(thread, ThreadStatus::blocked, step.error().describe());
            done.outcome = "blocked: " + *thread.reason;
        }
    }
    ++thread.step;
    thread.updated_at = now;
    done.outcome = bounded(std::move(done.outcome));
    decision.steps.push_back(std::move(done));
    return thread.status == ThreadStatus::running;
}

}  // namespace

Decision Engine::advance(Claim claim) const {
    Decision decision;
    decision.claim = std::move(claim);
    decision.after = decision.claim.thread;
    Thread& thread = decision.after;
    thread.deadline.reset();
    thread.reason.reset();
    const Timestamp now = clock_.now();
    const Graph* graph = find(thread.graph);
    Result<Json> state = contracts::parse_json(thread.state);
    if (graph == nullptr || !state) {
        end_as(thread, ThreadStatus::blocked,
               graph == nullptr ? "there is no graph " + thread.graph + " any more"
                                : "the checkpoint cannot be read: " + state.error().message);
        decision.steps.push_back({thread.step++, now, thread.node, decision.claim.event.name,
                                  "blocked: " + *thread.reason});
        return decision;
    }
    const Event enter = entered();
    bool goes_on = step_once(*graph, *state, decision.claim.event, now, decision);
    for (int i = 1; goes_on && i < settings_.steps_per_commit; ++i)
        goes_on = step_once(*graph, *state, enter, now, decision);

    std::string text = contracts::dump_json(*state);
    if (text.size() > settings_.max_state)
        end_as(thread, ThreadStatus::blocked,
               "the checkpoint of " + std::to_string(text.size()) + " bytes exceeds " +
                   std::to_string(settings_.max_state));
    else
        thread.state = std::move(text);
    return decision;
}

}  // namespace control::graphs
