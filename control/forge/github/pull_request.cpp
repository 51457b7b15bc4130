#include "control/forge/github/pull_request.h"

#include <algorithm>
#include <map>

namespace control::github {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Result;

namespace {

constexpr std::size_t kMostLogTail = 4'000;
constexpr std::size_t kMostReview = 8'000;

// Leaves out characters that a terminal or a prompt could interpret.
std::string readable(std::string_view log) {
    std::string text;
    for (const char c : log)
        if (static_cast<unsigned char>(c) >= ' ' || c == '\n' || c == '\t') text += c;
    return text;
}

Result<void> failed_check(Client& client, const RepositoryName& name, const Check& check) {
    std::string message = "the required check " + check.name + " ended with " + check.conclusion;
    if (check.conclusion == "cancelled")
        return fail(ErrorKind::permission, message, "checks",
                    "somebody cancelled it: start it again at GitHub");
    if (check.job != 0)
        if (const Answer<std::string> log = client.log_tail(name, check.job, kMostLogTail))
            message += ". The end of its log:\n" + readable(*log);
    return fail(ErrorKind::invalid, message, "checks");
}

// Succeeds if all required checks of the commit have passed.
Result<void> await_checks(Client& client, const RepositoryName& name, const std::string& commit,
                          const std::vector<std::string>& required) {
    if (required.empty()) return {};
    const Answer<std::vector<Check>> checks = client.checks(name, commit);
    if (!checks) return plain(checks.error());
    std::string waiting;
    for (const std::string& one : required) {
        const auto found = std::ranges::find(*checks, one, &Check::name);
        if (found != checks->end() && found->state == CheckState::failed)
            return failed_check(client, name, *found);
        if (found == checks->end() || found->state == CheckState::waiting)
            waiting += (waiting.empty() ? "" : ", ") + one;
    }
    if (waiting.empty()) return {};
    return fail({.kind = ErrorKind::timed_out,
                 .message = "required checks have not finished: " + waiting,
                 .field = "checks",
                 .code = contracts::ErrorCode::checks_running});
}

void quote(std::string& text, const std::string& author, const std::string& where,
           const std::string& said) {
    text += "\n- " + (author.empty() ? std::string("somebody") : author) + where + ": " +
            readable(said);
}

// Fails with the changes that people request in this commit. The newest review of each person
// counts; reviews of an earlier commit were answered by this one.
Result<void> await_people(Client& client, const RepositoryName& name, const PullRequest& pull,
                          const std::string& commit) {
    const Answer<std::vector<Review>> reviews = client.reviews(name, pull.number);
    if (!reviews) return plain(reviews.error());
    const Answer<std::vector<ReviewComment>> comments = client.review_comments(name, pull.number);
    if (!comments) return plain(comments.error());
    std::map<std::string, const Review*> newest;
    for (const Review& review : *reviews)
        if (review.by_person && review.commit == commit && review.state != "COMMENTED")
            newest[review.author] = &review;
    std::string text;
    for (const auto& [author, review] : newest)
        if (review->state == "CHANGES_REQUESTED") quote(text, author, "", review->body);
    for (const ReviewComment& comment : *comments)
        if (comment.by_person && comment.commit == commit)
            quote(text, comment.author,
                  " at " + comment.path +
                      (comment.line > 0 ? ":" + std::to_string(comment.line) : std::string()),
                  comment.body);
    if (text.empty()) return {};
    if (text.size() > kMostReview) text = text.substr(0, kMostReview) + "\n[...]";
    return fail(ErrorKind::invalid,
                "people have requested changes at " + pull.html_url + ":" + text, "review");
}

Result<PullRequest> open_or_find(Client& client, const RepositoryName& name, const PullDraft& draft,
                                 const std::string& commit) {
    Answer<std::optional<PullRequest>> found =
        client.find_pull_request(name, draft.head, draft.base);
    if (!found) return plain(found.error());
    if (*found && ((*found)->open || ((*found)->merged && (*found)->head == commit)))
        return **std::move(found);
    Answer<PullRequest> made = client.open_pull_request(name, draft);
    if (!made) return plain(made.error());
    return *std::move(made);
}

// The reason why GitHub did not merge, judged by the pull request's state afterwards.
Result<void> unmerged(Client& client, const RepositoryName& name, const PullRequest& pull,
                      const Fault& fault) {
    const Answer<std::string> state = client.mergeable_state(name, pull.number);
    if (!state) return plain(state.error());
    if (*state == "dirty" || *state == "behind" || fault.status == 409)
        return fail(ErrorKind::conflict, "the default branch has moved on since the work began", {},
                    "merge it into the branch");
    if (*state == "blocked" || *state == "unknown" || *state == "unstable" || *state == "draft")
        return fail(
            {.kind = ErrorKind::timed_out,
             .message = pull.html_url +
                        " waits for a requirement of the branch's protection, such as a review",
             .field = "checks",
             .code = contracts::ErrorCode::checks_running});
    return fail(
        ErrorKind::permission, fault.message, "repository",
        "allow merge commits in the repository's settings, or merge " + pull.html_url + " by hand");
}

}  // namespace

Result<void> merge_by_pull_request(Client& client, const RepositoryName& name,
                                   const PullDraft& draft, const std::string& commit,
                                   const BranchRules& rules) {
    Result<PullRequest> pull = open_or_find(client, name, draft, commit);
    if (!pull) return fail(std::move(pull.error()));
    if (pull->merged) return {};
    if (Result<void> passed = await_checks(client, name, commit, rules.required_checks); !passed)
        return passed;
    if (Result<void> agreed = await_people(client, name, *pull, commit); !agreed) return agreed;
    const Answer<void> merged = client.merge_pull_request(name, pull->number, commit);
    if (merged) return {};
    if (merged.error().status != 405 && merged.error().status != 409) return plain(merged.error());
    return unmerged(client, name, *pull, merged.error());
}

}  // namespace control::github
