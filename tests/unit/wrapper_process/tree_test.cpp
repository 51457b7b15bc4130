#include "wrapper/process/tree.h"

#include <sys/wait.h>
#include <unistd.h>
#include <catch2/catch_test_macros.hpp>
#include <csignal>
#include <vector>

using namespace wrapper;

TEST_CASE("wrappers that clear up at the same moment leave each other alone") {
    if (::geteuid() != 0) SKIP("needs root");
    constexpr int kWrappers = 8;
    constexpr int kTimes = 300;
    std::vector<pid_t> wrappers;
    for (uid_t i = 0; i < kWrappers; ++i) {
        const pid_t pid = ::fork();
        REQUIRE(pid >= 0);
        if (pid == 0) {
            const uid_t uid = 1'400'000'000 + static_cast<uid_t>(::getpid());
            const Tree tree(AgentUser{uid, uid});
            for (int n = 0; n < kTimes; ++n)
                tree.clear_leftovers();
            ::_exit(0);
        }
        wrappers.push_back(pid);
    }
    for (const pid_t pid : wrappers) {
        int status = -1;
        REQUIRE(::waitpid(pid, &status, 0) == pid);
        CHECK(status == 0);
    }
}
