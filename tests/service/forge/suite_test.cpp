// Tests that every implementation of the forge must pass.
#include "bodies.h"

#include <sys/stat.h>
#include <unistd.h>
#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>
#include <thread>

using namespace control;
using contracts::ErrorKind;
using forge_tests::GithubHouse;
using forge_tests::kWorkerUid;
using forge_tests::LocalHouse;
using forge_tests::run_in;

#define BODIES LocalHouse, GithubHouse

TEMPLATE_TEST_CASE("a repository is made once, with a first commit to clone and branch from", "",
                   BODIES) {
    TestType house;
    const auto before = house.forge->head("shop", "main");
    REQUIRE(before.has_value());
    REQUIRE(house.forge->ensure_repository("shop", "Another description").has_value());
    const auto after = house.forge->head("shop", "main");
    REQUIRE(after.has_value());
    CHECK(before->commit == after->commit);
}

TEMPLATE_TEST_CASE("many who ask for one repository at once get one", "", BODIES) {
    TestType house;
    std::vector<std::jthread> askers;
    std::vector<int> good(4, 0);
    for (int i = 0; i < 4; ++i)
        askers.emplace_back([&, i] {
            good[static_cast<std::size_t>(i)] =
                house.forge->ensure_repository("together", "x").has_value() &&
                house.forge->ensure_branch("together", "task/1").has_value();
        });
    askers.clear();
    for (const int one : good)
        CHECK(one == 1);
    CHECK(run_in(house.root.text() + "/forge", "ls -A | grep -c '^.new-' || true") == "0\n");
}

TEMPLATE_TEST_CASE("a branch begins where the default branch is and tells what changed since", "",
                   BODIES) {
    TestType house;
    const std::string commit =
        house.commit("task/1", "echo hello > 'a file'; mkdir d; echo x > d/y");
    const auto head = house.forge->head("shop", "task/1");
    REQUIRE(head.has_value());
    CHECK(head->commit == commit);
    CHECK(head->commits == 1);
    CHECK(head->files_changed == std::vector<std::string>{"a file", "d/y"});
    CHECK(house.forge->contains("shop", "task/1", commit).value());
    CHECK_FALSE(house.forge->contains("shop", "main", commit).value());
    CHECK_FALSE(house.forge->contains("shop", "task/1", std::string(40, 'a')).value());
}

TEMPLATE_TEST_CASE("what does not exist is not found, what is no name is refused", "", BODIES) {
    TestType house;
    CHECK(house.forge->head("nothing", "main").error().kind == ErrorKind::not_found);
    CHECK(house.forge->head("shop", "nothing").error().kind == ErrorKind::not_found);
    for (const char* bad : {"", "../shop", "-x", "a/b", "UPPER", "a b", "a;b", ".git"})
        CHECK(house.forge->ensure_repository(bad, "x").error().field == "repository");
    for (const char* bad : {"", "-x", "/a", "a/", "a//b", "a..b", "a b", "x.lock", "refs@{0}"})
        CHECK(house.forge->ensure_branch("shop", bad).error().field == "branch");
    CHECK(house.forge->contains("shop", "main", "HEAD").error().field == "commit");
}

TEMPLATE_TEST_CASE("a file of a commit is read; links, directories, absent and large ones are not",
                   "", BODIES) {
    TestType house;
    const std::string commit =
        house.commit("task/1",
                     "echo 'test: make check' > .project.yml; ln -s /etc/passwd link; mkdir d; "
                     "echo x > d/y; head -c 5000 /dev/zero > large");
    CHECK(house.forge->read_file("shop", commit, ".project.yml", 4096).value() ==
          "test: make check\n");
    for (const char* absent : {"nothing", "../x", "--help"})
        CHECK(house.forge->read_file("shop", commit, absent, 4096).error().kind ==
              ErrorKind::not_found);
    for (const char* other : {"link", "d"})
        CHECK(house.forge->read_file("shop", commit, other, 4096).error().kind ==
              ErrorKind::invalid);
    CHECK(house.forge->read_file("shop", commit, "large", 4096).error().kind == ErrorKind::invalid);
    CHECK(house.forge->read_file("shop", std::string(40, 'a'), "large", 4096).error().kind ==
          ErrorKind::not_found);
    CHECK(house.forge->read_file("shop", commit, "large", 5000).value().size() == 5000);
}

TEMPLATE_TEST_CASE(
    "a workspace is a fresh clone of the branch, the worker's own, its origin the worker's door",
    "", BODIES) {
    TestType house;
    const std::string commit = house.commit("task/1", "echo hello > greeting");
    const std::string directory = house.workspace("w1");
    const auto made = house.forge->materialise("shop", "task/1", {}, directory, kWorkerUid);
    INFO((made ? std::string() : made.error().describe()));
    REQUIRE(made.has_value());
    CHECK(run_in(directory, "git rev-parse HEAD").substr(0, 40) == commit);
    CHECK(run_in(directory, "git symbolic-ref --short HEAD") == "task/1\n");
    CHECK(run_in(directory, "cat greeting") == "hello\n");
    CHECK(run_in(directory, "git remote get-url origin") == "http://forge.worker/shop.git\n");
    CHECK(run_in(house.root.text(), "ls -d w1.bundle* 2>/dev/null | wc -l") == "0\n");
    if (::geteuid() == 0) {
        CHECK(run_in(directory, "find . ! -uid " + std::to_string(kWorkerUid) + " | wc -l") ==
              "0\n");
    }
}

TEMPLATE_TEST_CASE("a workspace for one commit is not made of another", "", BODIES) {
    TestType house;
    const std::string judged = house.commit("task/1", "echo judged > file");
    const std::string later = house.commit("task/1", "echo later > file");
    const std::string directory = house.workspace("w3");
    const auto made = house.forge->materialise("shop", "task/1", judged, directory, kWorkerUid);
    REQUIRE_FALSE(made.has_value());
    CHECK(made.error().kind == ErrorKind::conflict);
    CHECK(run_in(house.root.text(), "ls w3 w3.bundle* 2>/dev/null | grep -v : | wc -l") == "0\n");
    CHECK(house.forge->materialise("shop", "task/1", later, directory, kWorkerUid).has_value());
}

TEMPLATE_TEST_CASE("a hook or template of the machine does not run in a workspace", "", BODIES) {
    TestType house;
    const std::string directory = house.workspace("w2");
    REQUIRE(house.forge->materialise("shop", "main", {}, directory, kWorkerUid).has_value());
    CHECK(run_in(directory, "ls .git/hooks 2>/dev/null | wc -l") == "0\n");
}

TEMPLATE_TEST_CASE("the default branch advances by fast-forward only", "", BODIES) {
    TestType house;
    const std::string done = house.commit("task/1", "echo 1 > one");
    REQUIRE(house.forge->advance_default_branch("shop", "task/1", done).has_value());
    CHECK(house.forge->head("shop", "main")->commit == done);
    REQUIRE(house.forge->advance_default_branch("shop", "task/1", done).has_value());
    REQUIRE(house.forge->ensure_branch("shop", "task/2").has_value());
    REQUIRE(house.forge->ensure_branch("shop", "task/3").has_value());
    const std::string second = house.commit("task/2", "echo 2 > two");
    const std::string third = house.commit("task/3", "echo 3 > three");
    REQUIRE(house.forge->advance_default_branch("shop", "task/2", second).has_value());
    CHECK(house.forge->advance_default_branch("shop", "task/3", third).error().kind ==
          ErrorKind::conflict);
    CHECK(house.forge->head("shop", "main")->commit == second);
}

TEMPLATE_TEST_CASE("what was merged is known by the repository, and merged again it is merged", "",
                   BODIES) {
    TestType house;
    const std::string done = house.commit("task/1", "echo 1 > one");
    CHECK(house.forge->merged_head("shop", "task/1").value().empty());
    REQUIRE(house.forge->advance_default_branch("shop", "task/1", done).has_value());
    CHECK(house.forge->merged_head("shop", "task/1").value() == done);
    REQUIRE(house.forge->ensure_branch("shop", "task/2").has_value());
    const std::string second = house.commit("task/2", "echo 2 > two");
    REQUIRE(house.forge->advance_default_branch("shop", "task/2", second).has_value());
    // The default branch has moved on and already contains the first task's commit.
    REQUIRE(house.forge->advance_default_branch("shop", "task/1", done).has_value());
    CHECK(house.forge->head("shop", "main")->commit == second);
    CHECK(house.forge->merged_head("shop", "task/1").value() == done);
    // A branch that has only been updated from the default branch has no merged work.
    REQUIRE(house.forge->ensure_branch("shop", "task/3").has_value());
    CHECK(house.forge->merged_head("shop", "task/3").value().empty());
    (void)house.commit("task/1", "echo 3 > three");
    CHECK(house.forge->merged_head("shop", "task/1").value().empty());
}

TEMPLATE_TEST_CASE("a shortened commit id is found on its branch", "", BODIES) {
    TestType house;
    const std::string commit = house.commit("task/1", "echo 1 > one");
    CHECK(house.forge->contains("shop", "task/1", commit.substr(0, 7)).value());
    CHECK_FALSE(house.forge->contains("shop", "main", commit.substr(0, 7)).value());
    CHECK_FALSE(house.forge->contains("shop", "main", "0123456").value());
    CHECK(house.forge->contains("shop", "main", "abc").error().field == "commit");
}

TEMPLATE_TEST_CASE("a folder with a repository of its own is told of as a link", "", BODIES) {
    TestType house;
    (void)house.commit("task/1",
                       "mkdir app; cd app; git init -q; echo x > y; git add y; "
                       "git -c user.name=a -c user.email=a@b commit -q -m x; cd ..");
    CHECK(house.forge->head("shop", "task/1")->links == std::vector<std::string>{"app"});
    const std::string mended = house.commit(
        "task/1", "git rm -q --cached app; rm -rf app/.git; mkdir -p app; echo x > app/y");
    CHECK(house.forge->head("shop", "task/1")->links.empty());
    REQUIRE(house.forge->advance_default_branch("shop", "task/1", mended).has_value());
}

TEMPLATE_TEST_CASE("a path that no file system takes is a fault of the commit", "", BODIES) {
    TestType house;
    const std::string path = house.bare("shop");
    REQUIRE(house.forge->ensure_branch("shop", "task/1").has_value());
    run_in(path, R"(
blob=$(echo x | git hash-object -w --stdin)
tree=$(printf '100644 blob %s\t%s\n' $blob $(printf '%0300d' 1) | git mktree)
commit=$(git -c user.name=a -c user.email=a@b commit-tree -p main -m long $tree)
git update-ref refs/heads/task/1 $commit)");
    CHECK(house.forge->head("shop", "task/1").error().kind == ErrorKind::invalid);
}

TEMPLATE_TEST_CASE("a head that nobody can use is set aside, once, and the branch goes back", "",
                   BODIES) {
    TestType house;
    const std::string start = house.forge->head("shop", "main")->commit;
    const std::string good = house.commit("task/1", "echo 1 > one");
    const std::string bad = house.commit("task/1", "echo 2 > two");
    const std::string kept = house.forge->set_aside("shop", "task/1", good).value();
    CHECK(kept == "refs/keep/task/1/" + bad.substr(0, 12));
    CHECK(house.forge->head("shop", "task/1")->commit == good);
    REQUIRE(house.forge->set_aside("shop", "task/1", good).has_value());
    CHECK(house.forge->head("shop", "task/1")->commit == good);
    CHECK(run_in(house.bare("shop"), "git rev-parse " + kept) == bad + "\n");
    REQUIRE(house.forge->set_aside("shop", "task/1", {}).has_value());
    CHECK(house.forge->head("shop", "task/1")->commit == start);
}

TEMPLATE_TEST_CASE(
    "a branch that a kilobyte of objects makes a million files of is neither read nor unpacked", "",
    BODIES) {
    TestType house;
    run_in(house.bare("shop"), R"(
blob=$(echo x | git hash-object -w --stdin)
line="100644 blob $blob"
for level in 1 2 3 4 5 6; do
    tree=$(for i in 0 1 2 3 4 5 6 7 8 9; do printf '%s\t%s\n' "$line" $i; done | git mktree)
    line="040000 tree $tree"
done
git update-ref refs/heads/task/1 $(git commit-tree -p refs/heads/main -m bomb $tree))");
    const auto head = house.forge->head("shop", "task/1");
    REQUIRE_FALSE(head.has_value());
    CHECK(head.error().kind == ErrorKind::invalid);
    const std::string directory = house.workspace("w");
    const auto unpacked = house.forge->materialise("shop", "task/1", {}, directory, kWorkerUid);
    REQUIRE_FALSE(unpacked.has_value());
    CHECK(unpacked.error().kind == ErrorKind::invalid);
    CHECK(::rmdir(directory.c_str()) == 0);
}

TEMPLATE_TEST_CASE(
    "a directory becomes the next commit of the default branch, without what is ignored", "",
    BODIES) {
    const TestType house;
    const std::string files = house.root.text() + "/files";
    run_in(house.root.text(),
           "mkdir files && cd files && mkdir sub && echo hello > sub/a && ln -s /etc/passwd link "
           "&& echo .env > .gitignore && "
           "echo secret > .env && printf 'x' > run && chmod 755 run");
    if (::geteuid() == 0)
        run_in(house.root.text(), "chown -hR " + std::to_string(kWorkerUid) + " files");
    const auto tip = house.forge->head("shop", "main");
    REQUIRE(tip.has_value());
    DirectoryCommit commit{.repository = "shop",
                           .directory = files,
                           .uid = kWorkerUid,
                           .parent = tip->commit,
                           .message = "Scaffold"};
    const auto made = house.forge->commit_directory(commit);
    INFO((made ? "" : made.error().describe()));
    REQUIRE(made.has_value());
    const auto listed = house.forge->list_files("shop", *made, 100);
    REQUIRE(listed.has_value());
    CHECK(*listed == std::vector<std::string>{".gitignore", "link", "run", "sub/a"});
    CHECK(house.forge->head("shop", "main")->commit == *made);
    CHECK(run_in(house.bare("shop"), "git log -1 --format=%an:%s main") ==
          "orchestrator:Scaffold\n");

    SECTION("a default branch that moved on is left alone") {
        run_in(house.root.text(), "rm -rf files.git files.base && echo more > files/more");
        const auto refused = house.forge->commit_directory(commit);
        REQUIRE(!refused.has_value());
        CHECK(refused.error().kind == ErrorKind::conflict);
        CHECK(house.forge->head("shop", "main")->commit == *made);
    }
    SECTION("nothing new is not a commit") {
        run_in(house.root.text(), "rm -rf files.git files.base");
        commit.parent = *made;
        const auto refused = house.forge->commit_directory(commit);
        REQUIRE(!refused.has_value());
        CHECK(refused.error().kind == ErrorKind::invalid);
    }
}

TEMPLATE_TEST_CASE("a branch's directories are listed one by one, and hostile names are only names",
                   "", BODIES) {
    TestType house;
    const std::string commit = house.commit("task/1",
                                            "mkdir d 'd/s p'; echo x > d/y; echo 12345 > 'd/s "
                                            "p/z'; ln -s /etc d/link; echo a > ':(top)'; "
                                            "echo b > \"$(printf 'new\\nline')\"; echo c > "
                                            "'<script>'; echo e > -rf; printf f > x-gabcdef; "
                                            "echo g > \"$(printf 'a%.0s' $(seq 250))\"");
    CHECK(house.forge->tip("shop", "task/1").value() == commit);
    CHECK(house.forge->tip("shop", "gone").error().kind == ErrorKind::not_found);
    const auto root = house.forge->list_directory("shop", commit, "");
    REQUIRE(root.has_value());
    std::vector<std::string> names;
    for (const DirectoryEntry& entry : *root)
        names.push_back(entry.name);
    CHECK(names == std::vector<std::string>{"-rf", ":(top)", "<script>", "README.md",
                                            std::string(250, 'a'), "d", "new\nline", "x-gabcdef"});
    const auto below = house.forge->list_directory("shop", commit, "d");
    REQUIRE(below.has_value());
    REQUIRE(below->size() == 3);
    CHECK((*below)[0].name == "link");
    CHECK((*below)[0].kind == EntryKind::link);
    CHECK((*below)[1].name == "s p");
    CHECK((*below)[1].kind == EntryKind::directory);
    CHECK((*below)[2].bytes == 2);
    CHECK(house.forge->list_directory("shop", commit, "d/s p").value().size() == 1);
    for (const char* name : {":(top)", "-rf", "<script>", "new\nline", "x-gabcdef"})
        CHECK(house.forge->find_entry("shop", commit, name).value().name == name);
    for (const char* path : {"d/link", "d/y"})
        CHECK(house.forge->list_directory("shop", commit, path).error().kind == ErrorKind::invalid);
    for (const char* path : {"../x", "/etc", "d//y", "d/.", "d/"})
        CHECK(house.forge->list_directory("shop", commit, path).error().field == "path");
    CHECK(house.forge->list_directory("shop", commit, "d/link/passwd").error().kind ==
          ErrorKind::not_found);
    CHECK(house.forge->find_entry("shop", commit, "*").error().kind == ErrorKind::not_found);
    CHECK(house.forge->find_entry("shop", "main", "d").error().field == "commit");
    CHECK(house.forge->list_directory("nothing", commit, "").error().kind == ErrorKind::not_found);
}

TEMPLATE_TEST_CASE(
    "an archive has a commit's files below the prefix, and fails without leaving one", "", BODIES) {
    TestType house;
    const std::string commit =
        house.commit("task/1",
                     "mkdir d; echo x > d/y; ln -s y d/link; echo kept > keep; echo left > out; "
                     "echo 'out export-ignore' > .gitattributes");
    const std::string path = house.root.text() + "/files.tar";
    REQUIRE(house.forge->archive("shop", commit, "app/", path).has_value());
    CHECK(run_in(house.root.text(), "tar -tf files.tar | sort") ==
          "app/\napp/.gitattributes\napp/README.md\napp/d/\napp/d/link\napp/d/y\napp/keep\n");
    const std::string absent = house.root.text() + "/absent.tar";
    CHECK(house.forge->archive("shop", std::string(40, 'a'), "", absent).error().kind ==
          ErrorKind::not_found);
    CHECK(house.forge->archive("nothing", commit, "", absent).error().kind == ErrorKind::not_found);
    CHECK(house.forge->archive("shop", "HEAD", "", absent).error().field == "commit");
    CHECK_FALSE(house.forge->archive("shop", commit, "", "/no/such/directory/x").has_value());
    CHECK(::access(absent.c_str(), F_OK) != 0);
}

TEMPLATE_TEST_CASE("a repository that is deleted is gone with its branches, and may be made anew",
                   "", BODIES) {
    TestType house;
    (void)house.commit("task/1", "echo 1 > one");
    REQUIRE(house.forge->delete_repository("shop").has_value());
    CHECK(house.forge->head("shop", "main").error().kind == contracts::ErrorKind::not_found);
    CHECK(house.forge->delete_repository("shop").has_value());
    CHECK(house.forge->delete_repository("../shop").error().kind == contracts::ErrorKind::invalid);
    CHECK(run_in(house.root.text(), "ls -A forge").empty());
    REQUIRE(house.forge->ensure_repository("shop", "A shop").has_value());
    CHECK(house.forge->head("shop", "main").has_value());
    CHECK(house.forge->head("shop", "task/1").error().kind == contracts::ErrorKind::not_found);
}
