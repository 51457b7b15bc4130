// The end of a turn whose agent does not exit properly, and the agent's surroundings.
#include "tests/service/wrapper/worker_house.h"

#include <catch2/catch_test_macros.hpp>

#include <unistd.h>
#include <filesystem>
#include <fstream>

using contracts::Json;
using namespace tests;
using std::chrono::seconds;

namespace {

const std::string kPlainVerdict = R"(<result>{"status":"success","summary":"done"}</result>)";
const std::string kQuotedVerdict =
    R"(<result>{\"status\":\"success\",\"summary\":\"done\"}</result>)";

// An agent's last line in its own format, and the lines before it.
struct Envelope {
    const char* agent;
    const char* program;
    std::string lines;
};

std::vector<Envelope> envelopes() {
    return {
        {"claude", "claude",
         R"({"type":"result","is_error":false,"session_id":"5d1f","result":")" + kQuotedVerdict +
             R"("})"},
        {"factory", "droid", R"({"type":"completion","finalText":")" + kQuotedVerdict + R"("})"},
        {"codex", "codex",
         R"({"type":"item.completed","item":{"type":"agent_message","text":")" + kQuotedVerdict +
             R"("}})"
             "\n"
             R"({"type":"turn.completed","usage":{}})"}};
}

// A stand-in for an agent's program: it prints its lines, and then runs `then`.
class StandIn : public WorkerHouse {
public:
    StandIn(const Envelope& envelope, const std::string& then, const std::string& end = "\n")
        : WorkerHouse("developer") {
        set("AGENT_TYPE", envelope.agent).set("MODEL_NAME", "some-model");
        std::filesystem::create_directory(directory() / "programs");
        const std::string file = (directory() / "programs/") + envelope.program;
        std::ofstream(file) << "#!/bin/sh\ncat >/dev/null\ncat <<'END' | head -c -1\n"
                            << envelope.lines << "\nEND\nprintf '" << end << "'\n"
                            << then << "\n";
        std::filesystem::permissions(file, std::filesystem::perms(0755));
        set("AGENT_ENV_PATH", directory() / "programs" + ":/usr/bin:/bin");
    }
};

// Checks for one successful output, and for a warning in the log.
void check_counts(const WorkerHouse& house, const Finished& worker, const std::string& ending) {
    CAPTURE(worker.error_output);
    CHECK(worker.end.exit_code == 0);
    REQUIRE(house.outputs().size() == 1);
    CAPTURE(house.outputs()[0].dump());
    CHECK(house.outputs()[0]["status"] == "success");
    CHECK(house.outputs()[0]["summary"] == "done");
    const Json end = house.lifecycle().back();
    CHECK(end["event"] == "completed");
    CHECK(end["result"]["ending"] == ending);
    CHECK(worker.error_output.find("its program failed") != std::string::npos);
    CHECK(house.agents_alive() == 0);
    CHECK(house.pending() == 0);
}

}  // namespace

TEST_CASE("an agent that has answered and does not exit is ended, and its answer counts") {
    for (const Envelope& envelope : envelopes()) {
        CAPTURE(envelope.agent);
        StandIn house(envelope, "sleep 600");
        house.set("RESULT_LINGER_SECONDS", "1");
        house.give("r-1");
        check_counts(house, house.run_to_end(seconds{20}), "dismissed");
    }
}

TEST_CASE("neither noise behind the answer nor a missing line feed keeps a turn going") {
    const Envelope claude = envelopes().front();
    StandIn noisy(claude,
                  "while :; do echo still listening; echo 'a {warning}' >&2; sleep 0.2; done");
    noisy.set("RESULT_LINGER_SECONDS", "1").give("r-1");
    check_counts(noisy, noisy.run_to_end(seconds{20}), "dismissed");
    StandIn open_ended(claude, "trap '' TERM; sleep 600", "");
    open_ended.set("RESULT_LINGER_SECONDS", "1").give("r-1");
    check_counts(open_ended, open_ended.run_to_end(seconds{20}), "dismissed");
}

TEST_CASE("an answer that is there when the time is over counts") {
    StandIn house(envelopes().front(), "sleep 600");
    house.set("RESULT_LINGER_SECONDS", "3600").give("r-1", "do it", 2);
    check_counts(house, house.run_to_end(seconds{20}), "dismissed");
}

TEST_CASE("an agent that goes on after a result is heard to its last one") {
    const std::string init = R"({"type":"system","subtype":"init","session_id":"5d1f"})";
    Envelope claude = envelopes().front();
    const std::string last = claude.lines;
    claude.lines = R"({"type":"result","is_error":false,"result":"in the background"})"
                   "\n" +
                   init;
    StandIn house(claude, "sleep 2; cat <<'END'\n" + last + "\nEND");
    house.set("RESULT_LINGER_SECONDS", "1").give("r-1");
    const Finished worker = house.run_to_end(seconds{20});
    CAPTURE(worker.error_output);
    CHECK(house.outputs().at(0)["summary"] == "done");
    CHECK(house.lifecycle().back()["result"]["ending"] == "exited");
    CHECK(worker.error_output.find("its program failed") == std::string::npos);
}

TEST_CASE("a complete answer counts whatever its program's end was, which the receipt keeps") {
    for (const Envelope& envelope : envelopes()) {
        CAPTURE(envelope.agent);
        StandIn fails(envelope, "echo oh no >&2; exit 1");
        fails.give("r-1");
        check_counts(fails, fails.run_to_end(), "exited");
        CHECK(fails.lifecycle().back()["exit_code"] == 1);
        StandIn dies(envelope, "kill -SEGV $$");
        dies.give("r-1");
        check_counts(dies, dies.run_to_end(), "killed");
        CHECK(dies.lifecycle().back()["result"]["signal"] == 11);
    }
    // Without a result the exit code is an error as usual.
    StandIn mute({"claude", "claude", "{}"}, "echo oh no >&2; exit 1");
    mute.give("r-1");
    CHECK(mute.run_to_end().end.exit_code == 0);
    CHECK(mute.outputs().at(0)["status"] == "error");
    CHECK(mute.outputs().at(0)["error"] == "the agent exited with code 1: oh no\n");
}

TEST_CASE("a custom agent's verdict ends its turn in silence, and outweighs its exit code") {
    WorkerHouse hangs;
    hangs.agent("echo '" + kPlainVerdict + "'; echo goodbye; sleep 600");
    hangs.set("RESULT_LINGER_SECONDS", "1").give("r-1");
    check_counts(hangs, hangs.run_to_end(seconds{20}), "dismissed");
    WorkerHouse fails;
    fails.agent("echo '" + kPlainVerdict + "'; exit 3");
    fails.give("r-1");
    check_counts(fails, fails.run_to_end(), "exited");
    CHECK(fails.lifecycle().back()["exit_code"] == 3);
}

TEST_CASE("a result block in a fence is read, and one that cannot be is asked for again") {
    WorkerHouse fenced;
    fenced.agent(
        "printf '<result>\n```json\n{\"status\":\"success\",\"summary\":\"done\"}\n```"
        "\n</result>\n'");
    fenced.give("r-1");
    CHECK(fenced.run_to_end().end.exit_code == 0);
    CHECK(fenced.outputs().at(0)["summary"] == "done");
    // In its second turn, which resumes the session, the stand-in gives a verdict.
    Envelope claude = envelopes().front();
    const std::string good = claude.lines;
    claude.lines = R"({"type":"system","subtype":"init","session_id":"5d1f"})";
    StandIn house(claude, "case \"$*\" in *--resume*) cat <<'END'\n" + good +
                              "\nEND\n;; *) echo '{\"type\":\"result\",\"session_id\":\"5d1f\","
                              "\"result\":\"<result>{done}</result>\"}';; esac");
    house.set("RESULT_REMINDER", "1").give("r-1");
    CHECK(house.run_to_end().end.exit_code == 0);
    CHECK(house.outputs().at(0)["summary"] == "done");
}

TEST_CASE("a project's tests find nothing to read, and no pipe, where a prompt would be") {
    WorkerHouse house;
    house.set("AGENT_VERDICT", "exit_code");
    house.agent("cat > seen; readlink /proc/self/fd/0 > stdin; sh -c 'read line' && exit 5; true");
    house.give("r-1", "the prompt");
    CHECK(house.run_to_end().end.exit_code == 0);
    CHECK(house.outputs().at(0)["status"] == "success");
    CHECK(house.in_workspace("seen").empty());
    CHECK(house.in_workspace("stdin") == "/dev/null\n");
    WorkerHouse asks;
    asks.set("AGENT_VERDICT", "exit_code").set("AGENT_STDIN", "prompt").agent("cat > seen");
    asks.give("r-1", "the prompt");
    CHECK(asks.run_to_end().end.exit_code == 0);
    CHECK(asks.in_workspace("seen") == "the prompt");
}

TEST_CASE("the directory of the agent's socket is made, for the agent to reach") {
    WorkerHouse house;
    const std::string socket = house.directory() / "run/deep/agent.sock";
    house.set("ORCHESTRATOR_SOCKET", socket);
    house.agent(
        "test -S \"$ORCHESTRATOR_SOCKET\" && stat -c '%a %u' \"${ORCHESTRATOR_SOCKET%/*}\" "
        "> seen; touch \"${ORCHESTRATOR_SOCKET%/*}/mine\"; " +
        kSucceeds);
    house.give("r-1");
    const mode_t before = ::umask(077);
    const Finished worker = house.run_to_end();
    ::umask(before);
    CAPTURE(worker.error_output);
    CHECK(house.outputs().at(0)["status"] == "success");
    CHECK(house.in_workspace("seen") == "755 " + std::to_string(::geteuid()) + "\n");
    CHECK(worker.error_output.find("socket is not offered") == std::string::npos);
    if (::geteuid() == 0) CHECK(!std::filesystem::exists(house.directory() / "run/deep/mine"));
}

TEST_CASE("root starts its agent as the image's user worker, or does not start") {
    if (::geteuid() != 0) SKIP("needs root");
    WorkerHouse house;
    const std::string uid = std::to_string(house.uid());
    house.with_accounts("root:x:0:0::/root:/bin/sh\nworker:x:" + uid + ":" + uid + "::/:/bin/sh\n");
    house.set("AGENT_UID", "").agent("id -u > seen; " + kSucceeds);
    house.give("r-1");
    const Finished worker = house.run_to_end();
    CAPTURE(worker.error_output);
    CHECK(worker.end.exit_code == 0);
    CHECK(house.in_workspace("seen") == uid + "\n");
    for (const char* accounts : {"root:x:0:0::/root:/bin/sh\n", "worker:x:0:0::/:/bin/sh\n", ""}) {
        WorkerHouse nobody;
        nobody.with_accounts(accounts).set("AGENT_UID", "").agent("id -u > seen");
        nobody.give("r-1");
        const Finished refused = nobody.run_to_end();
        CHECK(refused.end.exit_code == 78);
        CHECK(refused.error_output.find("AGENT_UID: is not set") != std::string::npos);
        CHECK(nobody.in_workspace("seen").empty());
        CHECK(nobody.lifecycle().empty());
    }
}

TEST_CASE("what is asked for the agent does not replace what the worker tells it, silently least") {
    WorkerHouse house;
    for (const char* name : {"HOME", "ALLOWED_COMMANDS", "ORCHESTRATOR_SOCKET", "TASK_ID"})
        house.set(std::string("AGENT_ENV_") + name, "/canary");
    house.set("ALLOWED_COMMANDS", "respond").set("AGENT_ENV_PATH", "/canary/bin");
    house.agent("env > seen; " + kSucceeds);
    house.give("r-1");
    const Finished worker = house.run_to_end();
    CAPTURE(worker.error_output);
    const std::string seen = "\n" + house.in_workspace("seen");
    for (const std::string& line :
         {"HOME=" + house.directory() / "home", std::string("ALLOWED_COMMANDS=respond"),
          "ORCHESTRATOR_SOCKET=" + house.directory() / "agent.sock", std::string("TASK_ID=t-1")})
        CHECK(seen.find("\n" + line + "\n") != std::string::npos);
    CHECK(seen.find("\nPATH=" + program_directory() + ":/canary/bin:/") != std::string::npos);
    for (const char* name : {"AGENT_ENV_HOME", "AGENT_ENV_ALLOWED_COMMANDS",
                             "AGENT_ENV_ORCHESTRATOR_SOCKET", "AGENT_ENV_TASK_ID", "\"PATH\""})
        CHECK(worker.error_output.find(name) != std::string::npos);
}
