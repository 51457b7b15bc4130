// One installation for all milestone scenarios: a daemon with a real engine, the real agents in
// containers, and a scripted model behind the gate. It is made for the first scenario that runs and
// ends with the last.
#pragma once

#include "tests/integration/installation.h"

#include <memory>
#include <set>

namespace milestone {

using contracts::Json;

// How an agent is spoken to, and what it calls its tool for a command.
struct Agent {
    const char* name;          // as agent_type
    const char* tool;          // of the model's script
    const char* program;       // in the image
    const char* instructions;  // the file that it reads
    const char* other;         // the file of the other agents
};
inline constexpr Agent kClaude{"claude", "Bash", "claude", "CLAUDE.md", "AGENTS.md"};
inline constexpr Agent kFactory{"factory", "Execute", "droid", "AGENTS.md", "CLAUDE.md"};

// The words of instructions by which a file of them is known.
inline constexpr const char* kInstructions = "You are a milestone assistant.";

class House {
public:
    // Skips the test where no engine can be had. `real`: the far side is Anthropic's own API, with
    // the key in ORCH_REAL_ANTHROPIC_KEY; skips without one.
    static House& get(bool real = false);

    struct Wish {
        const Agent& agent;
        std::string type = "developer";
        std::vector<std::string> capabilities{};
        std::vector<std::string> commands{};
    };
    // The id of a worker that runs.
    std::string worker(const Wish& wish);
    // The one product owner of this agent, whose commands are project.list and project.get.
    std::string product_owner(const Agent& agent);
    // Sends a turn, and waits for its output.
    Json turn(const std::string& worker_id, const std::string& prompt);
    // Sends a turn; the request's id.
    std::string begin_turn(const std::string& worker_id, const std::string& prompt);
    Json output_of(const std::string& worker_id, const std::string& request_id);
    // The exit code of a command in its container, as the worker's own user.
    int inside(const std::string& worker_id, const std::vector<std::string>& argv);
    // What the engine says of its container.
    Json container(const std::string& worker_id);
    void kill_container(const std::string& worker_id);
    void remove(const std::string& worker_id);
    std::vector<std::string> project_names();
    // What the scripted model was asked, oldest first.
    std::vector<Json> model_requests() { return model().requests(); }
    [[nodiscard]] tests::Installation& installation() { return *installation_; }

private:
    explicit House(bool real);
    [[nodiscard]] const tests::ModelServer& model() const { return *model_; }
    Json await(const std::string& stream, const std::string& request_id);
    void publish(const std::string& stream, const Json& message);

    tests::TemporaryDirectory scripts_;
    std::unique_ptr<tests::ModelServer> model_;
    std::unique_ptr<tests::Installation> installation_;
    std::map<std::string, std::string> product_owners_;
    std::set<std::string> developers_;
};

}  // namespace milestone
