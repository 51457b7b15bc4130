#include "control/deployer/workflow/workflows.h"

#include "control/forge/github/binding.h"
#include "control/masking/mask.h"

namespace control::deployer {

using contracts::Error;
using contracts::ErrorKind;
using contracts::fail;
using contracts::Json;
using contracts::Result;
using github::plain;

namespace {

constexpr std::size_t kFailureLog = 8 << 10;
constexpr std::size_t kReadLog = 128 << 10;  // longer than any secret, so that all of one is seen

RunLook look_at(const github::WorkflowRun& run) {
    RunLook look{.state = RunState::waiting,
                 .run = run.id,
                 .status = run.status,
                 .conclusion = run.conclusion,
                 .url = run.html_url,
                 .commit = run.head_sha};
    if (run.status != "completed") return look;
    look.state = run.conclusion == "success"     ? RunState::passed
                 : run.conclusion == "cancelled" ? RunState::cancelled
                                                 : RunState::failed;
    return look;
}

}  // namespace

Result<github::RepositoryName> Workflows::name_of(const std::string& repository) const {
    return github::name_in_url(forge_.location(repository), settings_.git_url);
}

Result<void> Workflows::put_secrets(const std::string& repository,
                                    const std::map<std::string, std::string>& secrets) {
    const auto name = name_of(repository);
    if (!name) return name.fault();
    for (const auto& [secret, value] : secrets)
        if (auto put = client_.put_secret(*name, secret, value); !put) return plain(put.error());
    return {};
}

Result<void> Workflows::delete_secrets(const std::string& repository,
                                       const std::vector<std::string>& names) {
    const auto name = name_of(repository);
    if (!name) return name.fault();
    for (const std::string& secret : names)
        if (auto gone = client_.delete_secret(*name, secret); !gone) return plain(gone.error());
    return {};
}

Result<RunLook> Workflows::build(const std::string& repository, const std::string& commit) {
    const auto name = name_of(repository);
    if (!name) return name.fault();
    const auto run = client_.run_of_commit(*name, settings_.build, commit);
    // There is no build workflow, so nothing is built.
    if (!run && run.error().status == 404) return RunLook{};
    if (!run) return plain(run.error());
    return *run ? look_at(**run) : RunLook{};
}

Result<github::Dispatch> Workflows::start(const std::string& repository, const std::string& commit,
                                          const std::string& marker) {
    const auto name = name_of(repository);
    if (!name) return name.fault();
    const auto started = client_.dispatch(*name, settings_.deploy, commit, Json::object(), marker);
    if (!started) return plain(started.error());
    return *started;
}

Result<RunLook> Workflows::look(const std::string& repository, std::int64_t run,
                                const std::string& tag) {
    const auto name = name_of(repository);
    if (!name) return name.fault();
    RunLook look;
    if (run == 0) {
        const auto found = client_.find_run(*name, settings_.deploy, tag);
        if (!found) return plain(found.error());
        if (*found) look = look_at(**found);
    } else {
        const auto found = client_.run(*name, run);
        if (!found) return plain(found.error());
        look = look_at(*found);
    }
    const bool has_ended = look.state != RunState::absent && look.state != RunState::waiting;
    if (has_ended && !tag.empty())
        if (auto gone = client_.delete_ref(*name, "tags/" + tag); !gone) return plain(gone.error());
    return look;
}

Result<RunFailure> Workflows::failure(const std::string& repository, std::int64_t run,
                                      const std::vector<std::string>& secrets) {
    const auto name = name_of(repository);
    if (!name) return name.fault();
    const auto jobs = client_.jobs(*name, run);
    if (!jobs) return plain(jobs.error());
    RunFailure failure;
    std::int64_t last = 0;
    for (const github::Job& job : *jobs) {
        if (job.conclusion.empty() || job.conclusion == "success" || job.conclusion == "skipped")
            continue;
        failure.summary += (failure.summary.empty() ? "" : "; ") + ("job " + job.name);
        if (!job.failed_steps.empty())
            failure.summary += " failed at the step \"" + job.failed_steps.back() + "\"";
        else
            failure.summary += " ended as " + job.conclusion;
        last = job.id;
    }
    if (failure.summary.empty()) failure.summary = "no job of it says why";
    if (last == 0) return failure;
    // Without a log, which may be gone or not there yet, the summary is still reported.
    const auto log = client_.log_tail(*name, last, kReadLog);
    if (!log && log.error().kind != ErrorKind::not_found) return plain(log.error());
    if (log) failure.log = masking::masked_tail(*log, secrets, kFailureLog);
    failure.summary = masking::mask(std::move(failure.summary), secrets);
    return failure;
}

Result<void> Workflows::cancel(const std::string& repository, std::int64_t run,
                               const std::string& tag) {
    const auto name = name_of(repository);
    if (!name) return name.fault();
    if (run == 0 && !tag.empty()) {
        const auto found = client_.find_run(*name, settings_.deploy, tag);
        if (!found) return plain(found.error());
        if (*found && (*found)->status != "completed") run = (*found)->id;
    }
    if (run != 0)
        if (auto cancelled = client_.cancel_run(*name, run);
            !cancelled && cancelled.error().status != 404)
            return plain(cancelled.error());
    if (tag.empty()) return {};
    if (auto gone = client_.delete_ref(*name, "tags/" + tag); !gone) return plain(gone.error());
    return {};
}

}  // namespace control::deployer
