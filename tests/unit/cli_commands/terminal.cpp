#include "tests/unit/cli_commands/terminal.h"

#include <catch2/catch_test_macros.hpp>

#include <sys/mman.h>

namespace cli {

using contracts::AgentAction;
using contracts::AgentRequest;
using contracts::Json;
using contracts::UniqueFd;

namespace {

UniqueFd file_of(std::string_view text) {
    UniqueFd fd(::memfd_create("terminal", MFD_CLOEXEC));
    REQUIRE(::write(fd.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()));
    REQUIRE(::lseek(fd.get(), 0, SEEK_SET) == 0);
    return fd;
}

std::string content(int fd) {
    std::string text(static_cast<std::size_t>(::lseek(fd, 0, SEEK_END)), '\0');
    REQUIRE(::pread(fd, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()));
    return text;
}

}  // namespace

Json Run::json() const {
    CAPTURE(out, err);
    REQUIRE(std::count(out.begin(), out.end(), '\n') == 1);
    auto document = contracts::parse_json(out);
    REQUIRE(document);
    return *document;
}

Terminal::Terminal() : environment{{"ORCHESTRATOR_SOCKET", "/nonexistent/agent.sock"}} {}

Run Terminal::run(const std::vector<std::string>& arguments, const std::string& input) {
    const UniqueFd in = file_of(input);
    const UniqueFd out = file_of({});
    const UniqueFd err = file_of({});
    const Surroundings surroundings{[this](const std::string& name) -> std::optional<std::string> {
                                        const auto found = environment.find(name);
                                        if (found == environment.end()) return std::nullopt;
                                        return found->second;
                                    },
                                    clock,
                                    waiter,
                                    in.get(),
                                    out.get(),
                                    err.get()};
    const std::vector<std::string_view> views(arguments.begin(), arguments.end());
    Run run;
    run.exit_code = run_program(views, commands::all(), surroundings);
    run.out = content(out.get());
    run.err = content(err.get());
    return run;
}

tests::AgentPeer::Handler healthy(Json project, Json task) {
    return [=](const AgentRequest& request) -> std::optional<std::string> {
        if (request.action == AgentAction::publish || request.action == AgentAction::respond)
            return tests::publish_reply();
        if (request.action == AgentAction::follow) return tests::follow_reply();
        const std::string path = request.path->substr(0, request.path->find('?'));
        const bool post = *request.method == "POST";
        if (path == "/health") return tests::api_reply(200, Json{{"status", "ok"}});
        if (path == "/api/projects" && post) return tests::api_reply(201, project);
        if (path == "/api/projects") return tests::api_reply(200, Json::array({project}));
        if (path == "/api/tasks" && post) return tests::api_reply(201, task);
        if (path == "/api/tasks") return tests::api_reply(200, Json::array({task}));
        if (path == "/api/api_keys" && post)
            return tests::api_reply(201, Json{{"id", "k1"}, {"key", "orch_k1_0"}});
        if (path.ends_with("/secrets")) return tests::api_reply(200, Json::array());
        if (path.find("/secrets/") != std::string::npos) return tests::api_reply(204, Json());
        if (path.starts_with("/api/projects/")) return tests::api_reply(200, project);
        if (path.starts_with("/api/tasks/")) return tests::api_reply(200, task);
        if (path.starts_with("/api/commands"))
            return tests::api_reply(post ? 201 : 200, Json{{"id", "c1"}, {"status", "done"}});
        return tests::api_reply(200, Json::array());
    };
}

Json some_project(std::string_view status) {
    return Json{{"id", "p1"}, {"name", "blog"}, {"status", std::string(status)}};
}

Json some_task(std::string_view type, std::string_view status) {
    return Json{{"id", "t1"},
                {"project_id", "p1"},
                {"type", std::string(type)},
                {"status", std::string(status)},
                {"created_at", "2026-01-10T12:00:00Z"}};
}

}  // namespace cli
