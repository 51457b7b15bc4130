// Workers' turns: the developer's and the tester's.
#include "control/graphs/engineering/nodes.h"
#include "control/graphs/engineering/prompt.h"
#include "control/graphs/engineering/turn_end.h"

#include "contracts/fields/read.h"
#include "contracts/fields/write.h"

namespace control::graphs {

using contracts::DeveloperWorkerOutput;

namespace {

Next hired(Move& move, std::string_view here, std::string_view next) {
    if (move.is(kTimeout))
        return move.platform_trouble(here, "no answer to the request for a worker");
    const auto success = move.body().find("success");
    const std::string worker = move.text("worker_id");
    if (success == move.body().end() || !success->is_boolean() || !success->get<bool>() ||
        worker.empty()) {
        const std::string why = move.text("error");
        return move.platform_trouble(
            here, "no worker could be created: " + (why.empty() ? "no reason given" : why));
    }
    move.state.worker = worker;
    move.state.platform_tries = 0;
    return GoTo{std::string(next)};
}

void record(Move& move, const DeveloperWorkerOutput& output, TurnEnd end) {
    Json row{{"id", move.state.turn_request},
             {"task_id", move.state.task_id},
             {"worker_id", move.state.worker},
             {"status", end == TurnEnd::success   ? "success"
                        : end == TurnEnd::refused ? "failure"
                                                  : "error"},
             {"result", contracts::write_message(output)}};
    if (move.state.turn_began)
        row["started_at"] = contracts::format_timestamp(*move.state.turn_began);
    if (output.duration_ms) row["duration_ms"] = *output.duration_ms;
    if (output.data)
        if (const auto code = output.data->find("exit_code");
            code != output.data->end() && code->is_number_integer())
            row["exit_code"] = *code;
    move.effects.write("execution", std::move(row));
}

std::string minutes(std::chrono::seconds time) {
    if (time.count() % 60 == 0) return std::to_string(time.count() / 60) + " minutes";
    return std::to_string(time.count()) + " seconds";
}

std::chrono::seconds turn_of(const Move& move, std::chrono::seconds first) {
    return move.state.turn_seconds > 0 ? std::chrono::seconds(move.state.turn_seconds) : first;
}

// What is the same for both of them when a turn brought no verdict.
Next no_verdict(Move& move, std::string_view hire, TurnEnd end, const std::string& who,
                const std::string& error, std::chrono::seconds first_turn) {
    EngineeringState& state = move.state;
    if (end == TurnEnd::timed_out && !state.time_doubled) {
        state.time_doubled = true;
        state.turn_seconds = turn_of(move, first_turn).count() * 2;
        return GoTo{std::string(hire)};
    }
    if (end == TurnEnd::timed_out) {
        const std::string what = who + " did not finish in " + minutes(turn_of(move, first_turn));
        return move.next_round(what, "The last turn was ended: " + what + ".");
    }
    if (end == TurnEnd::out_of_memory && !state.memory_doubled) {
        state.memory_doubled = true;
        state.memory_mb = move.settings.memory_mb * 2;
        return GoTo{std::string(hire)};
    }
    const std::string what = who + ": " + (error.empty() ? "ended without a verdict" : error);
    if (end == TurnEnd::upstream)
        return move.try_again(hire, what, move.settings.upstream_tries,
                              move.settings.upstream_wait);
    return move.try_again(hire, what, move.settings.tries, move.settings.crash_wait);
}

struct Ended {
    DeveloperWorkerOutput output;
    TurnEnd end = TurnEnd::broken;
};

// The output of the turn that was waited for, counted and written down; the worker is given back.
Ended take_output(Move& move) {
    Ended ended;
    if (Result<DeveloperWorkerOutput> output =
            contracts::read_message<DeveloperWorkerOutput>(move.body())) {
        ended.output = std::move(*output);
        ended.end = end_of(ended.output);
    } else {
        ended.output.request_id = move.state.turn_request;
        ended.output.task_id = move.state.task_id;
        ended.output.status = contracts::ResultStatus::error;
        ended.output.timestamp = move.turn.now;
        ended.output.error =
            move.is(kTimeout) ? "nothing was heard of the worker" : output.error().describe();
    }
    if (ended.output.usage) add_usage(move.state.usage, *ended.output.usage);
    record(move, ended.output, ended.end);
    move.dismiss();
    return ended;
}

}  // namespace

Next hire_developer(Move& move) {
    if (!move.is(kEnter)) return hired(move, "hire_developer", "develop");
    const std::string round = std::to_string(move.state.rounds_done + 1);
    move.progress("developer", 10, "Round " + round + ": a developer is asked for");
    move.set_project("developing");
    return move.hire(WorkerRole::developer);
}

Next develop(Move& move) {
    if (move.is(kEnter)) {
        if (move.state.worker.empty()) return GoTo{"hire_developer"};
        move.progress("developer", 20, "The developer works");
        return move.instruct(WorkerRole::developer, developer_prompt(move.state));
    }
    const Ended ended = take_output(move);
    if (ended.output.summary) move.state.summary = tail_of(*ended.output.summary, 4000);
    if (ended.end == TurnEnd::success) return GoTo{"inspect"};
    if (ended.end == TurnEnd::refused)
        return move.next_round("the developer did not succeed",
                               "The last developer gave up and said:\n" + move.state.summary);
    return no_verdict(move, "hire_developer", ended.end, "the developer",
                      ended.output.error.value_or(""), move.settings.turn);
}

Next hire_tester(Move& move) {
    if (!move.is(kEnter)) return hired(move, "hire_tester", "test");
    move.progress("tester", 70, "A tester is asked for");
    move.set_project("testing");
    return move.hire(WorkerRole::tester);
}

Next test(Move& move) {
    if (move.is(kEnter)) {
        if (move.state.worker.empty()) return GoTo{"hire_tester"};
        move.progress("tester", 80, "The tests run: " + move.state.test_command);
        return move.instruct(WorkerRole::tester, tester_prompt(move.state));
    }
    const Ended ended = take_output(move);
    const Json data = ended.output.data.value_or(Json::object());
    const auto code = data.find("exit_code");
    const bool told = code != data.end() && code->is_number_integer();
    if (ended.end == TurnEnd::success && told && *code == 0) {
        if (ended.output.commit_sha && *ended.output.commit_sha != move.state.commit)
            return move.try_again("inspect", "the tests ran on another commit", move.settings.tries,
                                  move.settings.crash_wait);
        move.state.tested_commit = move.state.commit;
        return GoTo{"deliver"};
    }
    if (told && (ended.end == TurnEnd::refused || ended.end == TurnEnd::success)) {
        const auto output = data.find("output");
        const std::string tail =
            output != data.end() && output->is_string() ? output->get<std::string>() : "";
        return move.next_round("tests failed", "The tests failed (" + move.state.test_command +
                                                   ", exit code " + code->dump() +
                                                   "). The end of their output:\n" +
                                                   tail_of(tail, 16 << 10));
    }
    const TurnEnd end = ended.end == TurnEnd::success || ended.end == TurnEnd::refused
                            ? TurnEnd::broken
                            : ended.end;
    return no_verdict(move, "hire_tester", end, "the tester", ended.output.error.value_or(""),
                      move.settings.test_turn);
}

}  // namespace control::graphs
