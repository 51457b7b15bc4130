// A forge's answer: JSON of any shape, read as each kind of answer.
#include "control/forge/github/answers.h"
#include "tests/fuzz/target.h"

using namespace control::github;
using contracts::ErrorKind;
using contracts::Json;
using fuzz::require;

namespace {

template <class T>
void check(const contracts::Result<T>& read) {
    if (read) return;
    require(read.error().kind == ErrorKind::transient, "a wrong answer may be right later");
    require(!read.error().message.empty(), "a refusal says what was wrong");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto json = contracts::parse_json(fuzz::text_of(data, size));
    if (!json) return 0;
    check(read_installation(*json));
    check(read_token(*json));
    check(read_repository(*json));
    check(read_pull_request(*json));
    check(read_run(*json));
    check(read_job(*json));
    check(read_public_key(*json));
    check(read_check_run(*json));
    check(read_status(*json));
    check(read_ref_commit(*json));
    auto rules = read_branch_rules(*json);
    check(rules);
    BranchRules all;
    check(add_rules(*json, all));
    for (const char* key : {"check_runs", "statuses", "workflow_runs", "jobs"}) {
        check(read_list<Check>(*json, key, &read_check_run));
        check(read_list<Job>(*json, key, &read_job));
    }
    check(read_list<Repository>(*json, nullptr, &read_repository));
    return 0;
}
