// The parts of GitHub's answers that we use, and how they are read from JSON. Pure.
//
// Failure: a document of another shape is `transient` (the server may answer correctly later) and
// names the field.
#pragma once

#include "contracts/base/clock.h"
#include "contracts/base/json.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace control::github {

struct Installation {
    std::int64_t id = 0;
    bool suspended = false;
};

struct InstallationToken {
    std::string token;
    contracts::Timestamp expires_at{};
};

struct Repository {
    std::int64_t id = 0;
    std::string full_name;       // owner/name, as of now
    std::string default_branch;  // an empty repository has one as well
    std::string html_url;
    bool archived = false;
};

// The requirements of a branch for changes.
struct BranchRules {
    bool by_pull_request = false;  // pushes are refused
    std::vector<std::string> required_checks{};
};

enum class CheckState { waiting, passed, failed };

struct Check {
    std::string name;
    CheckState state = CheckState::waiting;
    std::string conclusion{};  // GitHub's word, such as "failure", "cancelled"
    std::int64_t job = 0;      // the job in Actions; 0: another kind of check, which has no log
                               // here
};

struct PullRequest {
    std::int64_t number = 0;
    std::string html_url;
    std::string head;  // commit
    bool open = false;
    bool merged = false;
};

// A review of a pull request as a whole.
struct Review {
    std::string author;  // empty: the account was deleted
    std::string state;   // "APPROVED", "CHANGES_REQUESTED", "COMMENTED", "DISMISSED", ...
    std::string commit;  // the commit that was reviewed
    std::string body;
    bool by_person = false;
};

// A comment of a review on one line, or on a whole file.
struct ReviewComment {
    std::string author;
    std::string path;
    std::int64_t line = 0;  // 0: on the whole file
    std::string commit;
    std::string body;
    bool by_person = false;
};

struct WorkflowRun {
    std::int64_t id = 0;
    std::string status;      // "queued", "in_progress", "completed", ...
    std::string conclusion;  // empty until completed: "success", "failure", "cancelled", ...
    std::string head_sha;
    std::string html_url;
};

struct Job {
    std::int64_t id = 0;
    std::string name;
    std::string conclusion;                   // empty until it ends
    std::vector<std::string> failed_steps{};  // their names
};

struct PublicKey {
    std::string id;
    std::string key;  // base64
};

[[nodiscard]] contracts::Result<Installation> read_installation(const contracts::Json& json);
[[nodiscard]] contracts::Result<InstallationToken> read_token(const contracts::Json& json);
[[nodiscard]] contracts::Result<Repository> read_repository(const contracts::Json& json);
[[nodiscard]] contracts::Result<PullRequest> read_pull_request(const contracts::Json& json);
[[nodiscard]] contracts::Result<Review> read_review(const contracts::Json& json);
[[nodiscard]] contracts::Result<ReviewComment> read_review_comment(const contracts::Json& json);
[[nodiscard]] contracts::Result<WorkflowRun> read_run(const contracts::Json& json);
[[nodiscard]] contracts::Result<Job> read_job(const contracts::Json& json);
[[nodiscard]] contracts::Result<PublicKey> read_public_key(const contracts::Json& json);
[[nodiscard]] contracts::Result<Check> read_check_run(const contracts::Json& json);
[[nodiscard]] contracts::Result<Check> read_status(const contracts::Json& json);
// A branch with its protection, from the answer of GET branches/{branch}.
[[nodiscard]] contracts::Result<BranchRules> read_branch_rules(const contracts::Json& json);
// Adds the requirements of a branch's rule sets, from the answer of GET rules/branches/{branch}.
[[nodiscard]] contracts::Result<void> add_rules(const contracts::Json& json, BranchRules& rules);
// The commit of a ref.
[[nodiscard]] contracts::Result<std::string> read_ref_commit(const contracts::Json& json);

// The elements of `json`, or of its member `key` if one is named, each read by `read`.
template <class T>
[[nodiscard]] contracts::Result<std::vector<T>> read_list(
    const contracts::Json& json, const char* key,
    contracts::Result<T> (*read)(const contracts::Json&)) {
    const contracts::Json* list = &json;
    if (key != nullptr) {
        const auto found = json.is_object() ? json.find(key) : json.end();
        list = json.is_object() && found != json.end() ? &*found : nullptr;
    }
    if (list == nullptr || !list->is_array())
        return contracts::fail(contracts::ErrorKind::transient, "GitHub's answer has no list",
                               key == nullptr ? "" : key);
    std::vector<T> all;
    for (const contracts::Json& one : *list) {
        contracts::Result<T> element = read(one);
        if (!element) return contracts::fail(std::move(element.error()));
        all.push_back(std::move(*element));
    }
    return all;
}

}  // namespace control::github
