#include "control/forge/github/client.h"

#include "control/forge/github/reading.h"
#include "control/vault/sealed_box.h"

#include <algorithm>

namespace control::github {

using contracts::Error;
using contracts::ErrorKind;
using contracts::Json;

namespace {

constexpr std::chrono::minutes kRenewBefore{5};

std::unexpected<Fault> not_installed(const std::string& owner, std::string_view why) {
    return refuse({.kind = ErrorKind::permission,
                   .message = "the GitHub App " + std::string(why) + ' ' + owner,
                   .field = "GITHUB_OWNER",
                   .next_step = "install it there, or have its installation accepted again"});
}

}  // namespace

contracts::Result<void> check_name(const RepositoryName& name) {
    const auto is_name = [](const std::string& text) {
        if (text.empty() || text.size() > 100 || text == "." || text == "..") return false;
        return std::ranges::all_of(text, [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                   c == '-' || c == '_' || c == '.';
        });
    };
    if (is_name(name.owner) && is_name(name.name)) return {};
    return contracts::fail(ErrorKind::invalid, "is not the name of a repository at GitHub",
                           "repository", "owner and name may contain letters, digits, - _ and .");
}

Client::Client(HttpClient& http, const contracts::Clock& clock, AppKey key, ClientSettings settings)
    : clock_(clock),
      key_(std::move(key)),
      settings_(std::move(settings)),
      transport_(http, clock, settings_.api_url),
      app_budget_(clock) {}

Client::Owner& Client::owner(const std::string& name) {
    const std::lock_guard lock(mutex_);
    Owner& owner = owners_[name];
    if (!owner.budget) owner.budget = std::make_unique<Budget>(clock_);
    return owner;
}

Answer<Installation> Client::find_installation(const std::string& owner, const std::string& jwt) {
    for (const char* kind : {"/orgs/", "/users/"}) {
        Answer<Reply> reply = transport_.send(
            {.path = kind + encode_percent(owner) + "/installation"}, jwt, app_budget_);
        if (!reply && reply.error().status == 404) continue;
        if (!reply) return std::unexpected(std::move(reply.error()));
        return read_with(reply->json(), &read_installation);
    }
    return not_installed(owner, "is not installed on");
}

Answer<void> Client::renew(const std::string& name, Owner& owner) {
    contracts::Result<std::string> jwt = key_.token(settings_.app_id, clock_.now());
    if (!jwt) return refuse(std::move(jwt.error()));
    if (owner.installation == 0) {
        Answer<Installation> found = find_installation(name, *jwt);
        if (!found) return std::unexpected(std::move(found.error()));
        if (found->suspended) return not_installed(name, "is suspended on");
        owner.installation = found->id;
    }
    const Call call{
        .method = "POST",
        .path = "/app/installations/" + std::to_string(owner.installation) + "/access_tokens",
        .body = Json::object()};
    Answer<Reply> reply = transport_.send(call, *jwt, app_budget_);
    if (!reply) {
        const int status = reply.error().status;
        if (reply.error().retry_at || (status != 403 && status != 404))
            return std::unexpected(std::move(reply.error()));
        owner.installation = 0;  // looked up again: it may have been reinstalled
        return not_installed(name, status == 403 ? "is suspended on" : "was removed from");
    }
    Answer<InstallationToken> token = read_with(reply->json(), &read_token);
    if (!token) return std::unexpected(std::move(token.error()));
    owner.token = *std::move(token);
    return {};
}

Answer<std::string> Client::token(const std::string& name) {
    Owner& owner = this->owner(name);
    const std::lock_guard lock(owner.mutex);
    if (owner.token.token.empty() || clock_.now() + kRenewBefore >= owner.token.expires_at)
        if (Answer<void> renewed = renew(name, owner); !renewed)
            return std::unexpected(std::move(renewed.error()));
    return owner.token.token;
}

Answer<Reply> Client::send(const std::string& name, const Call& call) {
    for (bool again = false;; again = true) {
        Answer<std::string> bearer = token(name);
        if (!bearer) return std::unexpected(std::move(bearer.error()));
        Owner& owner = this->owner(name);
        Answer<Reply> reply = transport_.send(call, *bearer, *owner.budget);
        if (reply || reply.error().status != 401 || again) return reply;
        // The token was revoked before it expired: try once more with a new one.
        const std::lock_guard lock(owner.mutex);
        if (owner.token.token == *bearer) owner.token = {};
    }
}

Answer<Json> Client::ask(const std::string& owner, const Call& call) {
    Answer<Reply> reply = send(owner, call);
    if (!reply) return std::unexpected(std::move(reply.error()));
    return reply->json();
}

Answer<Repository> Client::repository(const RepositoryName& name) {
    return read_with(ask(name.owner, {.path = path_of(name)}), &read_repository);
}

Answer<Repository> Client::create_repository(const RepositoryName& name,
                                             const std::string& description) {
    Answer<Json> made = ask(name.owner, {.method = "POST",
                                         .path = "/orgs/" + encode_percent(name.owner) + "/repos",
                                         .body = {{"name", name.name},
                                                  {"description", description},
                                                  {"private", true},
                                                  {"auto_init", false}}});
    if (!made && made.error().status == 422) {
        // The status means "exists" or "is not a valid name"; a lookup decides which.
        if (repository(name)) made.error().kind = ErrorKind::conflict;
    }
    return read_with(made, &read_repository);
}

Answer<void> Client::delete_repository(const RepositoryName& name) {
    Answer<void> gone = without_body(send(name.owner, {.method = "DELETE", .path = path_of(name)}));
    if (!gone && gone.error().status == 404) return {};
    return gone;
}

Answer<std::vector<Repository>> Client::repositories(const std::string& owner) {
    constexpr std::size_t kPage = 100;
    constexpr int kMostPages = 100;
    std::vector<Repository> all;
    for (int page = 1; page <= kMostPages; ++page) {
        Answer<std::vector<Repository>> some = read_all(
            ask(owner, {.path = "/orgs/" + encode_percent(owner) +
                                "/repos?type=all&per_page=100&page=" + std::to_string(page)}),
            nullptr, &read_repository);
        if (!some) return some;
        std::ranges::move(*some, std::back_inserter(all));
        if (some->size() < kPage) return all;
    }
    return refuse({ErrorKind::invalid, owner + " has more than 10,000 repositories"});
}

Answer<std::string> Client::read_file(const RepositoryName& name, const std::string& path,
                                      const std::string& ref, std::size_t most) {
    Answer<Reply> reply = send(
        name.owner,
        {.path = path_of(name, "/contents/" + encode_parts(path) + "?ref=" + encode_percent(ref)),
         .accept = "application/vnd.github.raw+json",
         .most = most});
    if (!reply) return std::unexpected(std::move(reply.error()));
    return std::move(reply->body);
}

Answer<void> Client::write_file(const RepositoryName& name, const FileChange& change) {
    Json body{{"message", change.message},
              {"content", base64_of(change.content)},
              {"branch", change.branch}};
    if (!change.replaces.empty()) body["sha"] = change.replaces;
    return without_body(
        send(name.owner, {.method = "PUT",
                          .path = path_of(name, "/contents/" + encode_parts(change.path)),
                          .body = std::move(body)}));
}

Answer<std::string> Client::ref_commit(const RepositoryName& name, const std::string& ref) {
    return read_with(ask(name.owner, {.path = path_of(name, "/git/ref/" + encode_parts(ref))}),
                     &read_ref_commit);
}

Answer<void> Client::create_ref(const RepositoryName& name, const std::string& ref,
                                const std::string& commit) {
    return without_body(send(name.owner, {.method = "POST",
                                          .path = path_of(name, "/git/refs"),
                                          .body = {{"ref", "refs/" + ref}, {"sha", commit}}}));
}

Answer<void> Client::delete_ref(const RepositoryName& name, const std::string& ref) {
    Answer<void> gone = without_body(send(
        name.owner, {.method = "DELETE", .path = path_of(name, "/git/refs/" + encode_parts(ref))}));
    // 422 is GitHub's "Reference does not exist".
    if (!gone && (gone.error().status == 404 || gone.error().status == 422)) return {};
    return gone;
}

Answer<BranchRules> Client::branch_rules(const RepositoryName& name, const std::string& branch) {
    const std::string part = encode_percent(branch);
    Answer<BranchRules> rules = read_with(
        ask(name.owner, {.path = path_of(name, "/branches/" + part)}), &read_branch_rules);
    if (!rules && rules.error().status == 404) rules = BranchRules{};
    if (!rules) return rules;
    const Answer<Json> sets =
        ask(name.owner, {.path = path_of(name, "/rules/branches/" + part + "?per_page=100")});
    // Older servers do not support rule sets; some plans do not either.
    if (!sets &&
        (sets.error().status == 404 || (sets.error().status == 403 && !sets.error().retry_at)))
        return rules;
    if (!sets) return std::unexpected(sets.error());
    if (contracts::Result<void> added = add_rules(*sets, *rules); !added)
        return refuse(std::move(added.error()));
    return rules;
}

Answer<std::vector<Check>> Client::checks(const RepositoryName& name, const std::string& commit) {
    const std::string at = "/commits/" + encode_percent(commit);
    Answer<std::vector<Check>> runs = read_all(
        ask(name.owner, {.path = path_of(name, at + "/check-runs?filter=latest&per_page=100")}),
        "check_runs", &read_check_run);
    if (!runs) return runs;
    Answer<std::vector<Check>> statuses =
        read_all(ask(name.owner, {.path = path_of(name, at + "/status?per_page=100")}), "statuses",
                 &read_status);
    if (!statuses) return statuses;
    std::ranges::move(*statuses, std::back_inserter(*runs));
    return runs;
}

}  // namespace control::github
