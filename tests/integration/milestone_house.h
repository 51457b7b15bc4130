// One installation for all milestone scenarios: a daemon with a real engine, the real agents in
// containers, and a scripted model behind the gate. The first scenario creates it, and it ends with
// the last.
#pragma once

#include "tests/integration/installation.h"

#include <memory>
#include <set>

namespace milestone {

using contracts::Json;

// An agent, and the names that the scripts need for it.
struct Agent {
    const char* name;          // its tool for commands, in the script
    const char* tool;          // of the model's script
    const char* program;       // in the image
    const char* instructions;  // the instructions file that it reads
    const char* other;         // the instructions file of other agents
};
inline constexpr Agent kClaude{"claude", "Bash", "claude", "CLAUDE.md", "AGENTS.md"};
inline constexpr Agent kFactory{"factory", "Execute", "droid", "AGENTS.md", "CLAUDE.md"};

// A sentence by which the tests recognise our instructions in a file.
inline constexpr const char* kInstructions = "You are a milestone assistant.";

class House {
public:
    // Skips the test if there is no engine. `real`: uses Anthropic's own API with the key in
    // ORCH_REAL_ANTHROPIC_KEY, and skips the test without one.
    static House& get(bool real = false);

    struct Wish {
        const Agent& agent;
        std::string type = "developer";
        std::vector<std::string> capabilities{};
        std::vector<std::string> commands{};
    };
    // Creates a worker, waits until it runs and returns its id.
    std::string worker(const Wish& wish);
    // The shared Product Owner with this agent; it may use project.list and project.get.
    std::string product_owner(const Agent& agent);
    // Sends a turn and waits for its output.
    Json turn(const std::string& worker_id, const std::string& prompt);
    // Sends a turn and returns the request's id.
    std::string begin_turn(const std::string& worker_id, const std::string& prompt);
    Json output_of(const std::string& worker_id, const std::string& request_id);
    // The exit code of a command in the worker's container, run as the worker's user.
    int inside(const std::string& worker_id, const std::vector<std::string>& argv);
    // The engine's description of the worker's container.
    Json container(const std::string& worker_id);
    void kill_container(const std::string& worker_id);
    void remove(const std::string& worker_id);
    std::vector<std::string> project_names();
    // The requests to the scripted model, oldest first.
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
