#include "cli/commands/commands.h"
#include "cli/commands/infra_findings.h"
#include "cli/commands/project_findings.h"
#include "cli/commands/rest.h"

namespace cli::commands {

namespace {

using contracts::fail;
using contracts::Json;
using contracts::Result;

// If something does not answer, the error says where to look.
contracts::Error with_step(contracts::Error error, std::string_view next_step) {
    if (error.next_step.empty()) error.next_step = next_step;
    return error;
}

class DiagnoseApi final : public Command {
public:
    void declare(Options&) override {}
    Result<Outcome> run(Session& session) override {
        const contracts::Instant asked = session.clock.instant();
        Result<ApiAnswer> answer = session.destination->api({"GET", "/health"});
        if (!answer)
            return fail(with_step(std::move(answer.error()),
                                  "check that orchestratord is running there: its log says why "
                                  "not, and `orchestratord env` prints its address"));
        const auto took =
            std::chrono::duration_cast<std::chrono::milliseconds>(session.clock.instant() - asked);
        return Outcome{Json{{"health", std::move(answer->body)}, {"duration_ms", took.count()}},
                       "the API answers"};
    }
};

class DiagnoseRedis final : public Command {
public:
    void declare(Options&) override {}
    Result<Outcome> run(Session& session) override {
        const contracts::Instant asked = session.clock.instant();
        if (Result<void> answered = session.destination->ping_bus(); !answered)
            return fail(with_step(std::move(answered.error()),
                                  "check that Redis is running there: if orchestratord started it, "
                                  "its log says why it is not"));
        const auto took =
            std::chrono::duration_cast<std::chrono::milliseconds>(session.clock.instant() - asked);
        return Outcome{Json{{"duration_ms", took.count()}}, "Redis answers"};
    }
};

class DiagnoseProjects final : public Command {
public:
    void declare(Options&) override {}
    Result<Outcome> run(Session& session) override {
        Result<Json> findings = find_odd_projects(session);
        if (!findings) return findings.fault();
        Outcome outcome;
        outcome.message = findings->empty()
                              ? "every project is in a state that makes sense"
                              : "projects that need attention: " + std::to_string(findings->size());
        outcome.data = std::move(*findings);
        outcome.columns = {"project_id", "name", "status", "problem", "next_step"};
        return outcome;
    }
};

class DiagnoseInfra final : public Command {
public:
    void declare(Options&) override {}
    Result<Outcome> run(Session& session) override {
        Result<Json> findings = find_odd_servers(session);
        if (!findings) return findings.fault();
        Outcome outcome;
        outcome.message = findings->empty() ? "nothing is wrong with the servers"
                                            : "findings: " + std::to_string(findings->size());
        outcome.data = std::move(*findings);
        outcome.columns = {"server", "problem", "next_step"};
        return outcome;
    }
};

class DiagnoseWork final : public Command {
public:
    void declare(Options&) override {}
    Result<Outcome> run(Session& session) override {
        Result<ApiAnswer> answer = session.destination->api({"GET", "/api/work"});
        if (!answer) return answer.fault();
        Outcome outcome;
        outcome.data = Json::array();
        for (Json& work : answer->body)
            if (!contracts::text_at(work, "problem").empty())
                outcome.data.push_back(std::move(work));
        outcome.message = outcome.data.empty() ? "daemons pick up all work"
                                               : "work that no daemon picks up: " +
                                                     std::to_string(outcome.data.size());
        outcome.columns = {"work", "problem", "next_step"};
        return outcome;
    }
};

}  // namespace

std::unique_ptr<Command> diagnose_api() {
    return std::make_unique<DiagnoseApi>();
}
std::unique_ptr<Command> diagnose_redis() {
    return std::make_unique<DiagnoseRedis>();
}
std::unique_ptr<Command> diagnose_work() {
    return std::make_unique<DiagnoseWork>();
}
std::unique_ptr<Command> diagnose_infra() {
    return std::make_unique<DiagnoseInfra>();
}
std::unique_ptr<Command> diagnose_projects() {
    return std::make_unique<DiagnoseProjects>();
}

}  // namespace cli::commands
