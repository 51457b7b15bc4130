// One run of the provisioning graph by its decisions: each node is called as the engine does.
#pragma once

#include "control/graphs/provisioning/provisioning.h"

#include <catch2/catch_test_macros.hpp>
#include <map>

namespace tests {

using contracts::Json;
using namespace control::graphs;

// Walks one thread to its end; the test supplies the answers to calls.
struct Walk {
    Graph graph = provisioning_graph({});
    Json state{{"request_id", "r1"}, {"correlation_id", "c1"}, {"server_handle", "web-1"}};
    std::string node = "begin";
    std::int64_t step = 0;
    std::vector<std::string> calls;
    std::vector<Json> notices, results;
    std::vector<Json> written;  // bodies of "provision.record"
    std::string end;            // "done", "failed"; empty: still running

    // The successive answers to each call, by its name; the last one is repeated.
    std::map<std::string, std::vector<Json>> answers;

    void run() {
        Event event = entered();
        for (int moves = 0; moves < 200 && end.empty(); ++moves)
            event = move(event);
        REQUIRE_FALSE(end.empty());
    }

private:
    Event move(const Event& event) {
        Effects effects("thread", ++step);
        const Node* at = graph.find(node);
        REQUIRE(at != nullptr);
        const Turn turn{"thread", step, node, contracts::Timestamp{}, state, event};
        const auto decided = at->decide(turn, effects);
        INFO(node);
        REQUIRE(decided.has_value());
        state = decided->state;
        take(effects);
        if (std::holds_alternative<Done>(decided->next)) end = "done";
        if (std::holds_alternative<Failed>(decided->next)) end = "failed";
        if (const auto* next = std::get_if<GoTo>(&decided->next)) node = next->node;
        const auto* wait = std::get_if<Wait>(&decided->next);
        if (wait == nullptr) return entered();
        if (wait->keys.empty()) return {std::string(kTimeout), {}, Json::object()};
        return {std::string(kCalled), "x", answer(calls.back())};
    }
    void take(const Effects& effects) {
        for (const Effect& effect : effects.effects()) {
            if (effect.kind == EffectKind::call) calls.push_back(effect.target);
            if (effect.target == "chat:notices") notices.push_back(effect.body);
            if (effect.target == "provisioner:results") results.push_back(effect.body);
        }
        for (const Write& write : effects.writes())
            written.push_back(write.body);
    }
    Json answer(const std::string& name) {
        auto& all = answers[name];
        if (all.empty())
            return Json{{"ok", true}, {"value", {{"server_id", "s"}, {"address", "a"}}}};
        Json first = all.front();
        if (all.size() > 1) all.erase(all.begin());
        return first;
    }
};

}  // namespace tests
