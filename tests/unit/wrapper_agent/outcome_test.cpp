#include "wrapper/agent/outcome.h"

#include <catch2/catch_test_macros.hpp>

using namespace wrapper;
using contracts::ResultStatus;
using contracts::WorkerType;
using std::chrono::seconds;

namespace {

Receipt exited(int code) {
    Receipt receipt;
    receipt.ending = Ending::exited;
    receipt.exit_code = code;
    return receipt;
}

Report said(std::string text) {
    Report report;
    report.text = std::move(text);
    return report;
}

Outcome developer(const Report& report, const Receipt& receipt) {
    return judge(report, receipt, WorkerType::developer, false, seconds{1800});
}

}  // namespace

TEST_CASE("a verdict becomes a status, and its known data fields of their own") {
    const std::string sha(40, 'a');
    const Outcome good = developer(
        said("<result>{\"status\":\"success\",\"summary\":\"s\",\"data\":{\"commit_sha\":\"" + sha +
             "\",\"pr_url\":\"http://x/1\",\"n\":1}}</result>"),
        exited(0));
    CHECK(good.status == ResultStatus::success);
    CHECK(good.commit_sha == sha);
    CHECK(good.pr_url == "http://x/1");
    CHECK(good.data == contracts::Json{{"n", 1}});
    CHECK(good.error.empty());
    // An abbreviated id is accepted.
    const Outcome shortened = developer(
        said(
            R"(<result>{"status":"success","summary":"s","data":{"commit_sha":"abc1234"}}</result>)"),
        exited(0));
    CHECK(shortened.commit_sha == "abc1234");
    // A field that is not a text stays in place.
    const Outcome odd = developer(
        said(R"(<result>{"status":"success","summary":"s","data":{"commit_sha":7}}</result>)"),
        exited(0));
    CHECK(!odd.commit_sha);
    CHECK(odd.data["commit_sha"] == 7);
}

TEST_CASE("work in progress and a missing block may be asked about, other faults may not") {
    const Outcome going =
        developer(said(R"(<result>{"status":"in_progress","summary":"half"}</result>)"), exited(0));
    CHECK(going.unfinished);
    CHECK(going.status == ResultStatus::failed);
    CHECK(going.error == "agent stopped while in progress");
    const Outcome silent = developer(said("that was it"), exited(0));
    CHECK(silent.missing_block);
    CHECK(silent.status == ResultStatus::error);
    const Outcome broken = developer(said("<result>oops</result>"), exited(0));
    CHECK(broken.missing_block);
    CHECK(broken.error.find("byte 1") != std::string::npos);
    CHECK(!going.missing_block);
}

TEST_CASE("how the run ended counts before what was said") {
    Receipt killed;
    killed.ending = Ending::killed;
    killed.signal = 9;
    killed.oom_kills = 1;
    Report report = said(R"(<result>{"status":"success","summary":"s"}</result>)");
    report.error_tail = "last words";
    CHECK(developer(report, killed).error ==
          "the agent was killed by signal 9, out of memory: last words");
    Receipt late;
    late.ending = Ending::timed_out;
    const Outcome timed_out = developer(report, late);
    CHECK(timed_out.status == ResultStatus::timeout);
    CHECK(timed_out.text == "The agent did not finish in 30 minutes.");
    Receipt stopped;
    stopped.ending = Ending::stopped;
    CHECK(developer(report, stopped).status == ResultStatus::failed);
    CHECK(developer(report, exited(7)).error == "the agent exited with code 7: last words");
}

TEST_CASE("that memory ran out is told as a cause, beside what else the turn brought") {
    Receipt killed = exited(0);
    killed.oom_kills = 1;
    Outcome outcome;
    name_cause(outcome, killed, Report());
    CHECK(outcome.data == contracts::Json{{"cause", "out_of_memory"}});
    outcome.status = ResultStatus::failed;
    outcome.data = contracts::Json{{"exit_code", 2}};
    name_cause(outcome, killed, Report());
    CHECK(outcome.data == contracts::Json{{"exit_code", 2}, {"cause", "out_of_memory"}});
    Outcome well;
    well.status = ResultStatus::success;
    name_cause(well, killed, Report());
    CHECK(well.data.is_null());
    Outcome otherwise;
    name_cause(otherwise, exited(1), Report());
    CHECK(otherwise.data.is_null());
}

TEST_CASE("the status of a model that turned the agent away is told beside the error") {
    Report away;
    away.error = "Overloaded (status 529)";
    away.model_status = 529;
    Outcome outcome = developer(away, exited(1));
    name_cause(outcome, exited(1), away);
    CHECK(outcome.data == contracts::Json{{"model_status", 529}});
    Outcome well;
    well.status = ResultStatus::success;
    name_cause(well, exited(0), away);
    CHECK(well.data.is_null());
}

TEST_CASE("an agent that ended well without its final line is an error") {
    Report report;
    report.output_tail = "…";
    const Outcome outcome = developer(report, exited(0));
    CHECK(outcome.status == ResultStatus::error);
    CHECK(outcome.error.starts_with("the agent ended without a final result line"));
}

TEST_CASE("an answer in full counts, however its program ended after") {
    Report report = said(R"(<result>{"status":"success","summary":"s"}</result>)");
    report.complete = true;
    Receipt receipt = exited(1);
    CHECK(developer(report, receipt).status == ResultStatus::success);
    receipt.ending = Ending::killed;
    CHECK(developer(report, receipt).status == ResultStatus::success);
    receipt.ending = Ending::dismissed;
    CHECK(developer(report, receipt).status == ResultStatus::success);
    receipt.ending = Ending::timed_out;
    CHECK(developer(report, receipt).status == ResultStatus::timeout);
    report.error = "refused";
    receipt.ending = Ending::dismissed;
    CHECK(developer(report, receipt).error == "refused");
}

TEST_CASE("lines that were too long are part of the cause") {
    Report report;
    report.lost_lines = 2;
    CHECK(developer(report, exited(0)).error ==
          "the agent ended without a final result line that could be read: 2 of its lines had more "
          "than 1 MiB");
}

TEST_CASE("an agent that ran out of time says what it waited for, where it does") {
    Report report;
    report.error = "Reconnecting";
    report.error_tail = "noise";
    Receipt receipt;
    receipt.ending = Ending::timed_out;
    CHECK(developer(report, receipt).error ==
          "the agent did not finish in 30 minutes: Reconnecting");
}

TEST_CASE("a po worker's text is the answer itself") {
    const Outcome outcome =
        judge(said("Hello <result>x</result>"), exited(0), WorkerType::po, false, seconds{60});
    CHECK(outcome.status == ResultStatus::success);
    CHECK(outcome.text == "Hello <result>x</result>");
}

TEST_CASE("times are told in words") {
    CHECK(in_words(seconds{1}) == "1 second");
    CHECK(in_words(seconds{90}) == "90 seconds");
    CHECK(in_words(seconds{60}) == "1 minute");
    CHECK(in_words(seconds{1800}) == "30 minutes");
}

TEST_CASE("an agent's command is an argv or a line for the shell") {
    CHECK(*parse_agent_command("make test") ==
          std::vector<std::string>{"/bin/sh", "-c", "make test"});
    CHECK(*parse_agent_command(R"(["make","a b"])") == std::vector<std::string>{"make", "a b"});
    for (const char* wrong : {"[", "[]", "[1]", "[\"\"]", "[\"a\",null]"})
        CHECK(!parse_agent_command(wrong));
}
