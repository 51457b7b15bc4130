// The steps that call the forge: the repository at the beginning, the commits in between, and the
// default branch at the end.
#include "contracts/messages/packages.h"
#include "control/graphs/engineering/nodes.h"
#include "control/graphs/engineering/prompt.h"
#include "control/graphs/kit/call.h"
#include "control/graphs/kit/notify.h"
#include "control/graphs/kit/tail.h"
#include "control/graphs/kit/task_rows.h"
#include "control/project_file/project_file.h"

#include <algorithm>

namespace control::graphs {

namespace {

CallEnd forge_end(const Move& move) {
    return call_end(move, "the forge");
}

std::string completed_words(const EngineeringState& state) {
    std::string text = "The work on your task is done and its tests passed";
    if (!state.summary.empty()) text += ": " + tail_of(state.summary, 500);
    text = as_sentence(std::move(text));
    if (!state.merged)
        return text + " The default branch has moved on meanwhile: merge " + state.branch +
               " by hand.";
    return text + " You can deploy the project now, or ask for changes.";
}

Next complete(Move& move, Json result) {
    EngineeringState& state = move.state;
    result["merged"] = state.merged;
    task_completed(move, state, std::move(result));
    move.set_project(contracts::ProjectStatus::active);
    move.report_end(true, "Done: " + state.commit + " on " + state.branch);
    move.notify(contracts::NoticeKind::task_completed, completed_words(state));
    return Done{};
}

// Work that is merged in the repository is done, even if this thread does not know it: its store
// may have been restored from a backup.
Next already_merged(Move& move, std::string commit) {
    EngineeringState& state = move.state;
    state.commit = std::move(commit);
    state.merged = true;
    Json result = task_result(state);
    result["note"] = "the branch had been merged into the default branch before";
    return complete(move, std::move(result));
}

// The worker's last commit is not on the branch; the branch has at most earlier commits of it.
Next not_on_branch(Move& move, bool new_work) {
    const EngineeringState& state = move.state;
    std::string feedback = "The commit " + state.reported +
                           ", with which the last turn ended, is not on the branch " +
                           state.branch + ".";
    if (!new_work) feedback += " The last turn left no new commit there.";
    if (!state.push_error.empty()) feedback += " The push was refused:\n" + state.push_error + "\n";
    if (!state.kept_ref.empty())
        feedback += "It is kept in the repository: `git fetch origin " + state.kept_ref +
                    "`, then look at FETCH_HEAD.";
    else if (!state.push_error.empty())
        feedback +=
            " The repository did not take it under another ref either, and the workspace that had "
            "it is gone: its changes have to be made again.";
    feedback +=
        " Bring its changes onto the branch in new commits on top of what is there (pushed "
        "commits cannot be amended), leave large files out, and push.";
    return move.next_round("the developer's last commit could not be pushed", feedback);
}

// Tries again after 15, 30 and then every 60 seconds, for about an hour.
Next look_again(Move& move, const char* node, const std::string& what) {
    constexpr std::int64_t kMostLooks = 60, kFirstWait = 15'000, kLongestWait = 60'000;
    EngineeringState& state = move.state;
    if (++state.looks > kMostLooks) {
        state.looks = 0;
        return move.ask(node, what);
    }
    state.resume = node;
    state.trouble = what;
    state.wait_ms = state.looks > 2 ? kLongestWait : kFirstWait * state.looks;
    return GoTo{kBackOff};
}

std::string listed(const Json& names) {
    std::string text;
    for (const Json& name : names)
        text += (text.empty() ? "" : ", ") + name.get<std::string>();
    return text;
}

// The fault for the developer; empty: an image can have all of the packages.
std::string unknown_toolchain(const Move& move, const std::vector<std::string>& packages) {
    const std::vector<std::string>& known = move.settings.toolchains;
    for (const std::string& word : packages)
        if (!known.empty() && contracts::debian_name_of(word).empty() &&
            std::ranges::find(known, word) == known.end())
            return "`packages` names " + word + ", which is not one of " + listed(Json(known)) +
                   "; a package of Debian is written as apt:NAME";
    return {};
}

}  // namespace

Next prepare(Move& move) {
    EngineeringState& state = move.state;
    if (move.is(kEnter)) {
        if (state.scaffold && move.settings.scaffold) return GoTo{"scaffold"};
        if (state.last_round == 0) state.last_round = move.settings.rounds;
        move.progress("prepare", 0, "The repository is prepared");
        task_running(move, state);
        return move.call("forge.prepare", {{"repository", state.repository},
                                           {"branch", state.branch},
                                           {"location", state.location}});
    }
    const CallEnd end = forge_end(move);
    if (end.ok && end.value.contains("waiting"))
        return look_again(move, "prepare", end.value.value("waiting", ""));
    state.looks = 0;
    // Waiting does not help here: the request itself is wrong, or a person must allow it.
    if (!end.ok && (end.kind == "invalid" || end.kind == "permanent"))
        return move.ask("prepare", end.error);
    if (!end.ok) return move.platform_trouble("prepare", "the repository: " + end.error);
    platform_works(state);
    state.location = end.value.value("location", "");
    state.packages = end.value.value("packages", std::vector<std::string>());
    state.services = end.value.value("services", std::vector<std::string>());
    set_repository(move, state, state.location);
    if (std::string merged = end.value.value("merged", ""); !merged.empty())
        return already_merged(move, std::move(merged));
    return GoTo{state.is_planned ? "hire_architect" : "hire_developer"};
}

Next inspect(Move& move) {
    EngineeringState& state = move.state;
    if (move.is(kEnter)) {
        move.progress("inspect", 60, "The branch is inspected");
        return move.call("forge.inspect_branch", {{"repository", state.repository},
                                                  {"branch", state.branch},
                                                  {"reported", state.reported}});
    }
    const CallEnd end = forge_end(move);
    if (!end.ok && end.kind == "invalid") {
        state.fault = end.error;
        return GoTo{"set_aside"};
    }
    if (!end.ok && end.kind != "not_found")
        return move.platform_trouble("inspect", "the branch: " + end.error);
    if (std::string merged = end.value.value("merged", ""); !merged.empty())
        return already_merged(move, std::move(merged));
    const std::string commit = end.value.value("commit", "");
    const bool new_work = end.ok && end.value.value("commits", 0) > 0 && commit != state.commit;
    if (!end.value.value("on_branch", true)) return not_on_branch(move, new_work);
    const bool untested =
        end.ok && !commit.empty() && commit == state.commit && state.resume == "inspect";
    if (!new_work && !untested)
        return move.next_round("the developer committed nothing",
                               "The last turn left no new commit on the branch " + state.branch +
                                   ". Commit your work and push it to origin.");
    platform_works(state);
    state.resume.clear();
    state.commit = commit;
    state.files = end.value.value("files", std::vector<std::string>());
    if (const Json links = end.value.value("links", Json::array()); !links.empty())
        return move.next_round(
            "a folder was committed as a link",
            "Not committed as files but as links to other repositories (mode 160000): " +
                listed(links) +
                ". Such a folder has a `.git` of its own. For each: `git rm --cached FOLDER`, "
                "remove `FOLDER/.git`, `git add FOLDER`, commit and push. In a fresh clone the "
                "folder is empty: make its files again.");
    return GoTo{"plan_test"};
}

Next set_aside(Move& move) {
    EngineeringState& state = move.state;
    if (move.is(kEnter))
        return move.call(
            "forge.set_aside",
            {{"repository", state.repository}, {"branch", state.branch}, {"good", state.commit}});
    const CallEnd end = forge_end(move);
    if (!end.ok) return move.platform_trouble("set_aside", "the branch: " + end.error);
    platform_works(state);
    state.resume.clear();
    return move.next_round("the commit cannot be used: " + state.fault,
                           "The head of " + state.branch + " could not be used: " + state.fault +
                               ".\nThe branch was set back to where it was before that; what you "
                               "committed is kept as " +
                               end.value.value("kept", "") + ". Do the work again without it.");
}

Next plan_test(Move& move) {
    EngineeringState& state = move.state;
    if (move.is(kEnter))
        return move.call("forge.read_file", {{"repository", state.repository},
                                             {"commit", state.commit},
                                             {"path", kProjectFileName}});
    const CallEnd end = forge_end(move);
    const bool absent = !end.ok && end.kind == "not_found";
    if (!end.ok && !absent && end.kind != "invalid")
        return move.platform_trouble("plan_test", ".project.yml: " + end.error);
    platform_works(state);
    std::string fault = absent ? std::string() : end.error;
    if (end.ok) {
        Result<ProjectFile> file = read_project_file(end.value.value("content", ""));
        if (file) {
            state.test_command = file->test;
            state.packages = file->packages;
            state.services = file->services;
            fault = unknown_toolchain(move, state.packages);
        } else {
            fault = file.error().describe();
        }
    }
    if (!fault.empty()) {
        state.packages.clear();  // no image could be built with them for the next developer
        return move.next_round(
            "the project file is wrong: " + fault,
            "Nothing was tested: " + fault + ".\nMend .project.yml, commit and push.");
    }
    if (absent) {
        state.test_command.clear();
        state.packages.clear();
        state.services.clear();
    }
    if (state.test_command.empty()) state.test_command = move.settings.test_command;
    return GoTo{"hire_tester"};
}

Next deliver(Move& move) {
    EngineeringState& state = move.state;
    if (move.is(kEnter)) {
        move.progress("deliver", 95, "The tests passed");
        return move.call("forge.advance_default_branch", {{"repository", state.repository},
                                                          {"branch", state.branch},
                                                          {"commit", state.tested_commit}});
    }
    const CallEnd end = forge_end(move);
    if (end.ok && end.value.contains("waiting"))
        return look_again(move, "deliver", end.value.value("waiting", ""));
    state.looks = 0;
    if (!end.ok && end.kind == "permanent") return move.ask("deliver", end.error);
    if (!end.ok && end.kind == "invalid")
        return move.next_round("the work was not taken into the default branch",
                               "The project's own tests passed, but the work was not taken into "
                               "the default branch: " +
                                   end.error + "\nMend that, commit and push.");
    if (!end.ok && end.kind != "conflict")
        return move.platform_trouble("deliver", "the default branch: " + end.error);
    if (!end.ok && state.rounds_done + 1 < state.last_round)
        return move.next_round("the default branch has moved on",
                               "The tests passed, but the default branch has moved on since your "
                               "branch left it. Fetch origin, merge origin/main into " +
                                   state.branch + ", mend what does not fit, commit and push.");
    state.merged = end.ok;
    ++state.rounds_done;
    Json result = task_result(state);
    // Only a commit whose tests ended with exit code 0 gets here.
    result["tests"] = {
        {"command", state.test_command}, {"exit_code", 0}, {"commit", state.tested_commit}};
    if (!state.merged)
        result["note"] =
            "the default branch has moved on meanwhile: merge " + state.branch + " by hand";
    return complete(move, std::move(result));
}

}  // namespace control::graphs
