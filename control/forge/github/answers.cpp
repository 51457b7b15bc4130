#include "control/forge/github/answers.h"

#include <algorithm>

namespace control::github {

using contracts::Error;
using contracts::ErrorKind;
using contracts::fail;
using contracts::Json;
using contracts::Result;

namespace {

// Reads members and keeps the first fault.
class Members {
public:
    explicit Members(const Json& json) : json_(json) {
        if (!json.is_object()) note("");
    }

    std::string text(const char* key) {
        const Json* value = find(key);
        if (value != nullptr && value->is_string()) return value->get<std::string>();
        note(key);
        return {};
    }
    // Empty if it is null or absent.
    std::string text_or_none(const char* key) {
        const Json* value = find(key);
        if (value == nullptr || value->is_null()) return {};
        if (value->is_string()) return value->get<std::string>();
        note(key);
        return {};
    }
    std::int64_t number(const char* key) {
        const Json* value = find(key);
        if (value != nullptr && value->is_number_integer()) return value->get<std::int64_t>();
        note(key);
        return 0;
    }
    bool flag(const char* key) {
        const Json* value = find(key);
        return value != nullptr && value->is_boolean() && value->get<bool>();
    }
    bool has(const char* key) {
        const Json* value = find(key);
        return value != nullptr && !value->is_null();
    }
    // Null if it is not an object.
    const Json* object(const char* key) {
        const Json* value = find(key);
        return value != nullptr && value->is_object() ? value : nullptr;
    }
    const Json* list(const char* key) {
        const Json* value = find(key);
        return value != nullptr && value->is_array() ? value : nullptr;
    }
    void note(const char* key) {
        if (fault_) return;
        fault_ = Error{.kind = ErrorKind::transient,
                       .message = *key == '\0' ? "GitHub's answer is not an object"
                                               : "is missing or of another type in GitHub's answer",
                       .field = key};
    }
    template <class T>
    Result<T> result(T value) {
        if (fault_) return fail(std::move(*fault_));
        return value;
    }

private:
    const Json* find(const char* key) {
        if (!json_.is_object()) return nullptr;
        const auto found = json_.find(key);
        return found == json_.end() ? nullptr : &*found;
    }

    const Json& json_;
    std::optional<Error> fault_;
};

void add_check(const Json& name, std::vector<std::string>& checks) {
    if (!name.is_string()) return;
    const std::string& text = name.get_ref<const std::string&>();
    if (std::ranges::find(checks, text) == checks.end()) checks.push_back(text);
}

// A check that was skipped or is neutral does not hold up a pull request.
CheckState state_of(const std::string& status, const std::string& conclusion) {
    if (status != "completed") return CheckState::waiting;
    const bool good = conclusion == "success" || conclusion == "neutral" || conclusion == "skipped";
    return good ? CheckState::passed : CheckState::failed;
}

// Without a user, because the account was deleted, the author counts as a person.
void read_author(Members& members, std::string& author, bool& by_person) {
    by_person = true;
    const Json* user = members.object("user");
    if (user == nullptr) return;
    Members inner(*user);
    author = inner.text_or_none("login");
    by_person = inner.text_or_none("type") != "Bot";
}

}  // namespace

Result<Installation> read_installation(const Json& json) {
    Members members(json);
    Installation read;
    read.id = members.number("id");
    read.suspended = members.has("suspended_at");
    return members.result(read);
}

Result<InstallationToken> read_token(const Json& json) {
    Members members(json);
    InstallationToken read;
    read.token = members.text("token");
    const auto expires = contracts::parse_timestamp(members.text("expires_at"));
    if (expires)
        read.expires_at = *expires;
    else
        members.note("expires_at");
    return members.result(std::move(read));
}

Result<Repository> read_repository(const Json& json) {
    Members members(json);
    Repository read;
    read.id = members.number("id");
    read.full_name = members.text("full_name");
    read.default_branch = members.text_or_none("default_branch");
    read.html_url = members.text("html_url");
    read.archived = members.flag("archived");
    return members.result(std::move(read));
}

Result<PullRequest> read_pull_request(const Json& json) {
    Members members(json);
    PullRequest read;
    read.number = members.number("number");
    read.html_url = members.text("html_url");
    read.open = members.text("state") == "open";
    read.merged = members.has("merged_at");
    if (const Json* head = members.object("head")) {
        Members inner(*head);
        read.head = inner.text("sha");
    }
    if (read.head.empty()) members.note("head");
    return members.result(std::move(read));
}

Result<Review> read_review(const Json& json) {
    Members members(json);
    Review read;
    read.state = members.text("state");
    read.commit = members.text_or_none("commit_id");
    read.body = members.text_or_none("body");
    read_author(members, read.author, read.by_person);
    return members.result(std::move(read));
}

Result<ReviewComment> read_review_comment(const Json& json) {
    Members members(json);
    ReviewComment read;
    read.path = members.text("path");
    read.commit = members.text_or_none("original_commit_id");
    read.body = members.text_or_none("body");
    if (members.has("line")) read.line = members.number("line");
    read_author(members, read.author, read.by_person);
    return members.result(std::move(read));
}

Result<WorkflowRun> read_run(const Json& json) {
    Members members(json);
    WorkflowRun read;
    read.id = members.number("id");
    read.status = members.text_or_none("status");
    read.conclusion = members.text_or_none("conclusion");
    read.head_sha = members.text("head_sha");
    read.html_url = members.text("html_url");
    return members.result(std::move(read));
}

Result<Job> read_job(const Json& json) {
    Members members(json);
    Job read;
    read.id = members.number("id");
    read.name = members.text("name");
    read.conclusion = members.text_or_none("conclusion");
    if (const Json* steps = members.list("steps"))
        for (const Json& step : *steps) {
            Members inner(step);
            const std::string end = inner.text_or_none("conclusion");
            if (end == "failure" || end == "timed_out")
                read.failed_steps.push_back(inner.text_or_none("name"));
        }
    return members.result(std::move(read));
}

Result<PublicKey> read_public_key(const Json& json) {
    Members members(json);
    PublicKey read;
    read.id = members.text("key_id");
    read.key = members.text("key");
    return members.result(std::move(read));
}

// The id of a check run of Actions is the id of its job.
Result<Check> read_check_run(const Json& json) {
    Members members(json);
    Check read;
    read.name = members.text("name");
    read.conclusion = members.text_or_none("conclusion");
    read.state = state_of(members.text("status"), read.conclusion);
    if (const Json* app = members.object("app")) {
        Members inner(*app);
        if (inner.text_or_none("slug") == "github-actions") read.job = members.number("id");
    }
    return members.result(std::move(read));
}

Result<Check> read_status(const Json& json) {
    Members members(json);
    Check read;
    read.name = members.text("context");
    read.conclusion = members.text("state");
    if (read.conclusion == "success")
        read.state = CheckState::passed;
    else if (read.conclusion != "pending")
        read.state = CheckState::failed;
    return members.result(std::move(read));
}

Result<BranchRules> read_branch_rules(const Json& json) {
    Members members(json);
    BranchRules rules;
    rules.by_pull_request = members.flag("protected");
    if (const Json* protection = members.object("protection"))
        if (const auto checks = protection->find("required_status_checks");
            checks != protection->end() && checks->is_object())
            if (const auto names = checks->find("contexts");
                names != checks->end() && names->is_array())
                for (const Json& name : *names)
                    add_check(name, rules.required_checks);
    return members.result(std::move(rules));
}

Result<void> add_rules(const Json& json, BranchRules& rules) {
    if (!json.is_array())
        return fail(ErrorKind::transient, "GitHub's answer about rules is not a list");
    for (const Json& rule : json) {
        Members members(rule);
        const std::string type = members.text_or_none("type");
        if (type == "pull_request" || type == "update" || type == "required_status_checks" ||
            type == "merge_queue")
            rules.by_pull_request = true;
        const Json* parameters = members.object("parameters");
        if (type != "required_status_checks" || parameters == nullptr) continue;
        const auto checks = parameters->find("required_status_checks");
        if (checks == parameters->end() || !checks->is_array()) continue;
        for (const Json& check : *checks)
            if (check.is_object() && check.contains("context"))
                add_check(check["context"], rules.required_checks);
    }
    return {};
}

Result<std::string> read_ref_commit(const Json& json) {
    Members members(json);
    const Json* object = members.object("object");
    if (object == nullptr) {
        members.note("object");
        return members.result(std::string());
    }
    Members inner(*object);
    return inner.result(inner.text("sha"));
}

}  // namespace control::github
