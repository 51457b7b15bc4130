#include "tests/service/gate/doors.h"
#include "tests/service/gate/raw_socket.h"
#include "tests/support/child_process.h"
#include "tests/support/http_request.h"

#include <fstream>

using namespace gate_tests;

namespace {

// git speaks TCP only, so this relays as PID 1 does in a worker: one pump for each connection.
class Relay {
public:
    explicit Relay(const std::string& socket)
        : child_({.argv = {"python3", "-c", R"(
import os, socket, sys, threading
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
def pump(source, sink):
    try:
        while data := source.recv(65536): sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError: pass
while True:
    peer = listener.accept()[0]
    door = socket.socket(socket.AF_UNIX)
    door.connect(sys.argv[1])
    for pair in ((peer, door), (door, peer)):
        threading.Thread(target=pump, args=pair, daemon=True).start()
)",
                           socket}}) {
        tests::eventually("the relay listens",
                          [&] { return child_.output().find('\n') != std::string::npos; });
        port_ = std::to_string(std::stoi(child_.output()));
    }
    [[nodiscard]] std::string url(const std::string& repository) const {
        return "http://127.0.0.1:" + port_ + '/' + repository + ".git";
    }

private:
    tests::ChildProcess child_;
    std::string port_;
};

struct Clone {
    Doors doors{};
    std::string place = doors.open();
    Relay relay{place + "/git.sock"};
    std::string directory = doors.directory / "clone";

    Clone() {
        const auto cloned = git({"clone", "-q", relay.url("shop"), directory}, false);
        INFO(cloned.error_output);
        REQUIRE(cloned.end.success());
        REQUIRE(git({"checkout", "-q", "task/t-1"}).end.success());
    }
    tests::Finished git(std::vector<std::string> arguments, bool inside = true) {
        std::vector<std::string> argv{"git", "-c",       "user.name=a", "-c", "user.email=a@b",
                                      "-c",  "gc.auto=0"};
        if (inside) argv.insert(argv.end(), {"-C", directory});
        argv.insert(argv.end(), arguments.begin(), arguments.end());
        return tests::run(
            {.argv = argv,
             .environment = {{"GIT_CONFIG_GLOBAL", "/dev/null"}, {"GIT_TERMINAL_PROMPT", "0"}}});
    }
    void commit(const std::string& name, const std::string& content) {
        std::ofstream(directory + '/' + name) << content;
        REQUIRE(git({"add", "."}).end.success());
        REQUIRE(git({"commit", "-qm", "add " + name}).end.success());
    }
    std::string head() {
        std::string text = git({"rev-parse", "HEAD"}).output;
        text.pop_back();
        return text;
    }
    std::string at_forge(const std::string& branch) {
        return must(doors.forge->head("shop", branch)).commit;
    }
};

}  // namespace

TEST_CASE("a worker clones its repository and pushes its branch") {
    Clone clone;
    clone.commit("a.txt", "hello");
    const auto pushed = clone.git({"push", "-q", "origin", "HEAD:refs/heads/task/t-1"});
    INFO(pushed.error_output);
    CHECK(pushed.end.success());
    CHECK(clone.at_forge("task/t-1") == clone.head());
    CHECK(clone.git({"fetch", "-q", "origin"}).end.success());
}

TEST_CASE("a push of several megabytes goes through, in chunks and compressed") {
    Clone clone;
    std::string noise;
    while (noise.size() < 4U << 20)
        noise += random_hex(512);
    clone.commit("large.bin", noise);
    SECTION("in chunks") {
        const auto pushed = clone.git(
            {"-c", "http.postBuffer=65536", "push", "-q", "origin", "HEAD:refs/heads/task/t-1"});
        INFO(pushed.error_output);
        CHECK(pushed.end.success());
    }
    SECTION("at once") {
        const auto pushed = clone.git(
            {"-c", "http.postBuffer=16777216", "push", "-q", "origin", "HEAD:refs/heads/task/t-1"});
        INFO(pushed.error_output);
        CHECK(pushed.end.success());
    }
    CHECK(clone.at_forge("task/t-1") == clone.head());
}

TEST_CASE("a compressed request is understood") {
    Clone clone;
    const std::string asked = "0032want " + clone.head() + "\n00000009done\n";
    const std::string packed = tests::run_successfully({.argv = {"gzip", "-c"}, .input = asked});
    const auto answer =
        tests::http("unix://" + clone.place + "/git.sock",
                    {.method = "POST",
                     .target = "/shop.git/git-upload-pack",
                     .headers = {{"Content-Type", "application/x-git-upload-pack-request"},
                                 {"Content-Encoding", "gzip"}},
                     .body = packed});
    CHECK(answer.status == 200);
    CHECK(answer.body.find("PACK") != std::string::npos);
}

TEST_CASE("no push but that of the own branch, forward, is taken") {
    Clone clone;
    must(clone.doors.forge->ensure_branch("shop", "task/t-2"));
    const std::string start = clone.head();
    clone.commit("a.txt", "hello");
    for (const char* ref : {"main", "task/t-2", "task/new", "task/t-1/deeper"}) {
        INFO(ref);
        CHECK_FALSE(clone.git({"push", "-q", "origin", std::string("HEAD:refs/heads/") + ref})
                        .end.success());
    }
    CHECK_FALSE(clone.git({"push", "-q", "origin", "HEAD:refs/tags/v1"}).end.success());
    CHECK_FALSE(clone.git({"push", "-q", "origin", "HEAD:refs/notes/x"}).end.success());
    CHECK(clone.at_forge("main") == start);
    CHECK(clone.at_forge("task/t-2") == start);
    CHECK_FALSE(clone.doors.forge->head("shop", "task/new"));

    REQUIRE(clone.git({"push", "-q", "origin", "HEAD:refs/heads/task/t-1"}).end.success());
    const std::string pushed = clone.head();
    CHECK_FALSE(clone.git({"push", "-q", "origin", ":refs/heads/task/t-1"}).end.success());
    REQUIRE(clone.git({"commit", "-q", "--amend", "-m", "other"}).end.success());
    CHECK_FALSE(
        clone.git({"push", "-q", "--force", "origin", "HEAD:refs/heads/task/t-1"}).end.success());
    CHECK(clone.at_forge("task/t-1") == pushed);
    // A worker can write its own keep refs, but neither another worker's nor any outside of these.
    CHECK_FALSE(clone.git({"push", "-q", "origin", "HEAD:refs/keep/w-2/x"}).end.success());
    CHECK_FALSE(clone.git({"push", "-q", "origin", "HEAD:refs/keep/x"}).end.success());
    CHECK_FALSE(clone.git({"push", "-q", "origin", "HEAD:refs/merged/task/t-1"}).end.success());
    CHECK(clone.git({"push", "-q", "origin", "HEAD:refs/keep/w-1/x"}).end.success());
    CHECK(clone.git({"fetch", "-q", "origin", "refs/keep/w-1/x"}).end.success());
}

TEST_CASE("a push with an object that is not in order is refused") {
    Clone clone;
    // A tree with an entry named ".git".
    const auto blob = clone.git({"hash-object", "-w", "--stdin"});
    REQUIRE(blob.end.success());
    const std::string id = blob.output.substr(0, 40);
    const auto tree = tests::run({.argv = {"git", "-C", clone.directory, "mktree"},
                                  .input = "100644 blob " + id + "\t.git\n"});
    REQUIRE(tree.end.success());
    const auto commit =
        clone.git({"commit-tree", tree.output.substr(0, 40), "-p", clone.head(), "-m", "bad"});
    REQUIRE(commit.end.success());
    const std::string before = clone.at_forge("task/t-1");
    const auto pushed =
        clone.git({"push", "-q", "origin", commit.output.substr(0, 40) + ":refs/heads/task/t-1"});
    CHECK_FALSE(pushed.end.success());
    CHECK(clone.at_forge("task/t-1") == before);
}

TEST_CASE("another repository, and whatever is not git's protocol, stays shut") {
    Clone clone;
    const std::string address = "unix://" + clone.place + "/git.sock";
    const std::pair<const char*, const char*> others[] = {
        {"GET", "/other.git/info/refs?service=git-upload-pack"},
        {"GET", "/shop.git/info/refs"},
        {"GET", "/shop.git/info/refs?service=git-upload-archive"},
        {"GET", "/shop.git/HEAD"},
        {"GET", "/shop.git/config"},
        {"GET", "/shop.git/../other.git/info/refs?service=git-upload-pack"},
        {"GET", "/shop.git/%2e%2e/other.git/info/refs?service=git-upload-pack"},
        {"POST", "/other.git/git-receive-pack"},
        {"POST", "/shop.git/git-upload-archive"},
        {"PUT", "/shop.git/git-receive-pack"},
    };
    for (const auto& [method, target] : others) {
        INFO(method << ' ' << target);
        CHECK(tests::http(address, {.method = method, .target = target}).status == 403);
    }
    CHECK(tests::http(address, {.target = "/shop.git/info/refs?service=git-upload-pack"}).status ==
          200);
}
