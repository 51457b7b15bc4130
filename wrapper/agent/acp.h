// Any agent that speaks the Agent Client Protocol, version 1: JSON-RPC 2.0 over stdio, one message
// a line.
//
// We are the client: initialize, open a session (loaded or new), send one prompt. Meanwhile we
// answer the agent's requests: permissions are granted (the wall is around the agent, not in it),
// anything else gets "method not found". Once the prompt is answered, the agent's stdin is closed;
// its output is read until it exits.
#pragma once

#include "wrapper/agent/event_runner.h"

namespace wrapper {

class AcpRunner final : public EventRunner {
public:
    explicit AcpRunner(RunnerSettings settings);

    [[nodiscard]] AgentCommand begin(Turn turn) override;
    void output(std::string_view bytes) override;
    // Assumed until the agent reports its capabilities.
    [[nodiscard]] bool has_sessions() const override { return keeps_sessions_; }
    [[nodiscard]] std::string take_words() override;
    [[nodiscard]] bool has_answer(Moment moment = Moment::speaking) override {
        (void)EventRunner::has_answer(moment);
        return asked_ == Asked::nothing;
    }

private:
    // What our last request was.
    enum class Asked { initialize, load_session, new_session, prompt, nothing };

    void on_event(const contracts::Json& message, const std::string& type) override;
    void conclude() override;
    void on_request(const contracts::Json& message, const std::string& method);
    void on_update(const contracts::Json& update);
    void on_result(const contracts::Json& result);
    void on_error(const contracts::Json& error);
    void on_initialized(const contracts::Json& result);
    void on_stopped(const contracts::Json& result);
    void ask(Asked what, const char* method, contracts::Json params);
    void open_session(Asked what, const char* method);
    void send_prompt();
    void say(contracts::Json message);
    void reply(const contracts::Json& message, const char* kind, contracts::Json content);
    void end(std::string error);

    Asked asked_ = Asked::nothing;
    int request_ = 0;  // the number of our last request
    bool keeps_sessions_ = true;
    std::string words_;         // input for the agent, not yet taken
    std::size_t answered_ = 0;  // bytes of answers to its requests
    bool after_tool_ = false;   // the next text starts a new message
    bool prompted_ = false;     // from now on its text answers the prompt
    std::string text_;          // its text since the last tool call
};

}  // namespace wrapper
