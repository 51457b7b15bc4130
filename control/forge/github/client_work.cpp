// The client's calls for pull requests, secrets and workflows.
#include "control/forge/github/client.h"

#include "contracts/base/text.h"
#include "control/forge/github/reading.h"
#include "control/vault/sealed_box.h"

#include <algorithm>

namespace control::github {

using contracts::ErrorKind;
using contracts::Json;

namespace {

// GitHub's own limit for a secret's value.
constexpr std::size_t kMostSecretBytes = 48 << 10;

// GitHub's rules: letters, digits and _, no digit at the beginning, and not GITHUB_ at the
// beginning.
contracts::Result<void> check_secret(const std::string& name, std::string_view value) {
    const bool characters = std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_';
    });
    if (!characters || name.empty() || name.size() > 100 ||
        (name.front() >= '0' && name.front() <= '9') ||
        contracts::lower_case(name).starts_with("github_"))
        return contracts::fail(
            ErrorKind::invalid, "\"" + name.substr(0, 100) + "\" cannot be a secret at GitHub",
            "secret", "use letters, digits and _; do not begin with a digit or with GITHUB_");
    if (value.size() <= kMostSecretBytes) return {};
    return contracts::fail(ErrorKind::invalid, "the value of " + name + " has more than 48 KiB",
                           "secret", "make it smaller: GitHub does not accept larger ones");
}

}  // namespace

Answer<PullRequest> Client::open_pull_request(const RepositoryName& name, const PullDraft& draft) {
    const Answer<Json> made = ask(name.owner, {.method = "POST",
                                               .path = path_of(name, "/pulls"),
                                               .body = {{"head", draft.head},
                                                        {"base", draft.base},
                                                        {"title", draft.title},
                                                        {"body", draft.body}}});
    return read_with(made, &read_pull_request);
}

Answer<std::optional<PullRequest>> Client::find_pull_request(const RepositoryName& name,
                                                             const std::string& head,
                                                             const std::string& base) {
    const Answer<std::vector<PullRequest>> found = read_all(
        ask(name.owner,
            {.path = path_of(name, "/pulls?state=all&sort=created&direction=desc&per_page=1&head=" +
                                       encode_percent(name.owner + ':' + head) +
                                       "&base=" + encode_percent(base))}),
        nullptr, &read_pull_request);
    if (!found) return std::unexpected(found.error());
    if (found->empty()) return std::optional<PullRequest>{};
    return std::optional(found->front());
}

Answer<std::string> Client::mergeable_state(const RepositoryName& name, std::int64_t number) {
    const Answer<Json> pull =
        ask(name.owner, {.path = path_of(name, "/pulls/" + std::to_string(number))});
    if (!pull) return std::unexpected(pull.error());
    return contracts::text_at(*pull, "mergeable_state");
}

Answer<std::vector<Review>> Client::reviews(const RepositoryName& name, std::int64_t number) {
    return read_all(ask(name.owner, {.path = path_of(name, "/pulls/" + std::to_string(number) +
                                                               "/reviews?per_page=100")}),
                    nullptr, &read_review);
}

Answer<std::vector<ReviewComment>> Client::review_comments(const RepositoryName& name,
                                                           std::int64_t number) {
    auto all = read_all(ask(name.owner, {.path = path_of(name, "/pulls/" + std::to_string(number) +
                                                                   "/comments?sort=created&"
                                                                   "direction=desc&per_page=100")}),
                        nullptr, &read_review_comment);
    if (all) std::ranges::reverse(*all);
    return all;
}

Answer<void> Client::merge_pull_request(const RepositoryName& name, std::int64_t number,
                                        const std::string& commit) {
    return without_body(
        send(name.owner, {.method = "PUT",
                          .path = path_of(name, "/pulls/" + std::to_string(number) + "/merge"),
                          .body = {{"sha", commit}, {"merge_method", "merge"}}}));
}

Answer<void> Client::put_secret(const RepositoryName& name, const std::string& secret,
                                std::string_view value) {
    if (contracts::Result<void> good = check_secret(secret, value); !good)
        return refuse(std::move(good.error()));
    const Answer<PublicKey> key = read_with(
        ask(name.owner, {.path = path_of(name, "/actions/secrets/public-key")}), &read_public_key);
    if (!key) return std::unexpected(key.error());
    contracts::Result<std::string> sealed = seal_for(key->key, value);
    if (!sealed) return refuse(std::move(sealed.error()));
    Answer<void> put = without_body(
        send(name.owner, {.method = "PUT",
                          .path = path_of(name, "/actions/secrets/" + encode_percent(secret)),
                          .body = {{"encrypted_value", *sealed}, {"key_id", key->id}}}));
    if (!put) put.error().message = "the secret " + secret + ": " + put.error().message;
    return put;
}

Answer<void> Client::delete_secret(const RepositoryName& name, const std::string& secret) {
    Answer<void> gone = without_body(send(
        name.owner,
        {.method = "DELETE", .path = path_of(name, "/actions/secrets/" + encode_percent(secret))}));
    if (!gone && gone.error().status == 404) return {};
    return gone;
}

Answer<std::int64_t> Client::start_workflow(const RepositoryName& name, const std::string& workflow,
                                            const std::string& tag, const Json& inputs) {
    Call call{
        .method = "POST",
        .path = path_of(name, "/actions/workflows/" + encode_percent(workflow) + "/dispatches"),
        .body = {{"ref", tag}, {"return_run_details", true}}};
    if (inputs.is_object() && !inputs.empty()) call.body["inputs"] = inputs;
    Answer<Reply> reply = send(name.owner, call);
    // Older Enterprise Servers do not support this member.
    if (!reply && (reply.error().status == 400 || reply.error().status == 422)) {
        call.body.erase("return_run_details");
        reply = send(name.owner, call);
    }
    if (!reply) {
        if (reply.error().status == 404) {
            reply.error().message = name.text() + " has no workflow file " + workflow;
            reply.error().field = "workflow";
            reply.error().next_step = "add .github/workflows/" + workflow;
        }
        return std::unexpected(std::move(reply.error()));
    }
    if (reply->status == 204 || reply->body.empty()) return 0;
    const Answer<Json> details = reply->json();
    if (!details) return std::unexpected(details.error());
    const auto id = details->is_object() ? details->find("workflow_run_id") : details->end();
    if (!details->is_object() || id == details->end() || !id->is_number_integer()) return 0;
    return id->get<std::int64_t>();
}

Answer<Dispatch> Client::dispatch(const RepositoryName& name, const std::string& workflow,
                                  const std::string& commit, const Json& inputs,
                                  const std::string& marker) {
    // GitHub does not accept a commit as a ref, and a branch may move before the run starts.
    Dispatch made{.tag = "orchestrator-" + commit.substr(0, 12) + '-' + marker};
    const Answer<std::string> there = ref_commit(name, "tags/" + made.tag);
    if (there && *there == commit) return made;
    if (!there && there.error().status != 404) return std::unexpected(there.error());
    if (Answer<void> tagged = create_ref(name, "tags/" + made.tag, commit); !tagged)
        return std::unexpected(std::move(tagged.error()));
    Answer<std::int64_t> run = start_workflow(name, workflow, made.tag, inputs);
    if (!run) {
        (void)delete_ref(name, "tags/" + made.tag);
        return std::unexpected(std::move(run.error()));
    }
    made.run = *run;
    return made;
}

Answer<std::optional<WorkflowRun>> Client::newest_run(const RepositoryName& name,
                                                      const std::string& workflow,
                                                      const std::string& query) {
    const Answer<std::vector<WorkflowRun>> runs = read_all(
        ask(name.owner, {.path = path_of(name, "/actions/workflows/" + encode_percent(workflow) +
                                                   "/runs?per_page=1&" + query)}),
        "workflow_runs", &read_run);
    if (!runs) return std::unexpected(runs.error());
    if (runs->empty()) return std::optional<WorkflowRun>{};
    return std::optional(runs->front());
}

Answer<std::optional<WorkflowRun>> Client::find_run(const RepositoryName& name,
                                                    const std::string& workflow,
                                                    const std::string& tag) {
    return newest_run(name, workflow, "event=workflow_dispatch&branch=" + encode_percent(tag));
}

Answer<std::optional<WorkflowRun>> Client::run_of_commit(const RepositoryName& name,
                                                         const std::string& workflow,
                                                         const std::string& commit) {
    return newest_run(name, workflow, "event=push&head_sha=" + encode_percent(commit));
}

Answer<WorkflowRun> Client::run(const RepositoryName& name, std::int64_t id) {
    return read_with(
        ask(name.owner, {.path = path_of(name, "/actions/runs/" + std::to_string(id))}), &read_run);
}

Answer<std::vector<Job>> Client::jobs(const RepositoryName& name, std::int64_t run) {
    return read_all(ask(name.owner, {.path = path_of(name, "/actions/runs/" + std::to_string(run) +
                                                               "/jobs?per_page=100")}),
                    "jobs", &read_job);
}

Answer<std::string> Client::log_tail(const RepositoryName& name, std::int64_t job,
                                     std::size_t most) {
    const Answer<Reply> reply =
        send(name.owner, {.path = path_of(name, "/actions/jobs/" + std::to_string(job) + "/logs")});
    if (!reply) return std::unexpected(reply.error());
    const std::string where(reply->header("Location"));
    if (reply->status == 302 && !where.empty()) return transport_.tail_of(where, most);
    return refuse({ErrorKind::transient, "GitHub's answer did not contain the address of the log"},
                  reply->status);
}

Answer<void> Client::cancel_run(const RepositoryName& name, std::int64_t id) {
    Answer<void> done = without_body(send(
        name.owner, {.method = "POST",
                     .path = path_of(name, "/actions/runs/" + std::to_string(id) + "/cancel")}));
    if (!done && done.error().status == 409) return {};
    return done;
}

Answer<void> Client::rerun_failed_jobs(const RepositoryName& name, std::int64_t id) {
    return without_body(send(
        name.owner,
        {.method = "POST",
         .path = path_of(name, "/actions/runs/" + std::to_string(id) + "/rerun-failed-jobs")}));
}

}  // namespace control::github
