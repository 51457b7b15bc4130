// The files of a worker's branch, out of a real repository.
#include "control/forge/git.h"
#include "control/store/workers.h"
#include "served.h"
#include "tests/support/messages/schema_check.h"

#include <catch2/catch_test_macros.hpp>

namespace control {

using contracts::Json;

namespace {

struct Shop {
    tests::TemporaryDirectory root;
    std::unique_ptr<Forge> forge = *make_local_forge(root.text());
    Served served{ApiOptions{.forge = forge.get()}};

    Shop() {
        REQUIRE(forge->ensure_repository("shop", "A shop").has_value());
        add_worker("w1", {{"repository", "shop"}, {"branch", "task/1"}});
    }

    void add_worker(const std::string& id, const std::map<std::string, std::string>& context) {
        served.write([&](Transaction& tx) -> Result<void> {
            WorkerRow worker;
            worker.id = id;
            worker.request_id = "r-" + id;
            worker.config.name = id;
            worker.context = context;
            worker.created_at = served.clock.now();
            const Result<bool> put = workers::insert(tx, worker);
            return put ? Result<void>() : Result<void>(fail(put.error()));
        });
    }

    std::string run(std::vector<std::string> arguments, std::string input = {}) const {
        arguments.insert(arguments.begin(), "--git-dir=" + forge->location("shop"));
        return git_output(std::move(arguments), "test", std::move(input)).value();
    }
    // "100644 blob <id>\t<name>": a line of a tree, ended by NUL.
    std::string file(const std::string& name, std::string content) const {
        return "100644 blob " + run({"hash-object", "-w", "--stdin"}, std::move(content)) + '\t' +
               name + '\0';
    }
    std::string link(const std::string& name, std::string target) const {
        return "120000 blob " + run({"hash-object", "-w", "--stdin"}, std::move(target)) + '\t' +
               name + '\0';
    }
    std::string tree(const std::string& entries) const { return run({"mktree", "-z"}, entries); }
    // Puts a commit of these entries on the branch; returns it.
    std::string commit(const std::string& entries) const {
        std::string made = run({"commit-tree", "-p", "main", "-m", "work", tree(entries)});
        run({"update-ref", "refs/heads/task/1", made});
        return made;
    }

    [[nodiscard]] Json list(const std::string& query = "") const {
        return json_of(served.ask({"GET", "/api/workers/w1/files" + query}));
    }
    [[nodiscard]] HttpResponse read(const std::string& path) const {
        return served.ask({"GET", "/api/workers/w1/file?path=" + encode_percent(path)});
    }
};

}  // namespace

TEST_CASE("a worker's branch is shown: its directories, its text files, its head") {
    Shop shop;
    const std::string commit =
        shop.commit(shop.file("README.md", "# Shop\n") + "040000 tree " +
                    shop.tree(shop.file("<script>alert(1)", "x")) + "\tsrc" + '\0');
    const Json root = shop.list();
    CHECK(root == Json::array({{{"name", "README.md"}, {"kind", "file"}, {"bytes", 7}},
                               {{"name", "src"}, {"kind", "directory"}}}));
    CHECK(shop.list("?path=src")[0]["name"] == "<script>alert(1)");
    CHECK(json_of(shop.read("README.md")) == Json{{"path", "README.md"},
                                                  {"branch", "task/1"},
                                                  {"commit", commit},
                                                  {"bytes", 7},
                                                  {"content", "text"},
                                                  {"text", "# Shop\n"}});
    CHECK(json_of(shop.read("src/<script>alert(1)"))["text"] == "x");

    const Json schemas = json_of(
        shop.served.ask(shop.served.tcp, {"GET", "/openapi.json"}))["components"]["schemas"];
    CHECK(tests::schema_fault(schemas["BranchEntry"], root[0]).empty());
    CHECK(tests::schema_fault(schemas["BranchFile"], json_of(shop.read("README.md"))).empty());
}

TEST_CASE("what is large, binary or secret in a branch is said and not shown") {
    const Shop shop;
    shop.commit(shop.file("binary", std::string("a\0b", 3)) +
                shop.file("full", std::string(256 << 10, 'x')) +
                shop.file("large", std::string((256 << 10) + 1, 'x')) +
                shop.file("latin", "caf\xe9") +
                shop.file("secret", "KEY=sk-0123456789abcdefghij\n"));
    for (const char* name : {"binary", "latin"}) {
        const Json file = json_of(shop.read(name));
        CHECK(file["content"] == "binary");
        CHECK_FALSE(file.contains("text"));
    }
    CHECK(json_of(shop.read("full"))["text"].get<std::string>().size() == 256 << 10);
    const Json large = json_of(shop.read("large"));
    CHECK(large["content"] == "too_large");
    CHECK(large["bytes"] == (256 << 10) + 1);
    CHECK_FALSE(large.contains("text"));
    CHECK(json_of(shop.read("secret"))["text"] == "KEY=***\n");
}

TEST_CASE("a link in a branch is named and not followed, and no path leaves the tree") {
    const Shop shop;
    shop.commit(shop.link("etc", "/etc") + shop.link("passwd", "/etc/passwd") +
                shop.file("x", "inside"));
    CHECK(shop.list()[0] == Json{{"name", "etc"}, {"kind", "link"}});
    for (const char* path : {"passwd", "../x", "/etc/passwd", "./x", "a//x"}) {
        INFO(path);
        const HttpResponse refused = shop.read(path);
        CHECK(refused.status == 422);
        CHECK(json_of(refused)["field"] == "path");
    }
    CHECK(shop.read("etc/passwd").status == 404);
    CHECK(shop.read("absent").status == 404);
    CHECK(shop.served.ask({"GET", "/api/workers/w1/files?path=etc"}).status == 422);
    CHECK(shop.served.ask({"GET", "/api/workers/w1/files?path=" + std::string(5000, 'a')}).status ==
          422);
}

TEST_CASE("a long directory of a branch has pages, which stay with one commit") {
    const Shop shop;
    std::string entries;
    for (char c = 'a'; c <= 'e'; ++c)
        entries += shop.file(std::string(4000, c), "x");
    const std::string first = shop.commit(entries);
    const HttpResponse page = shop.served.ask({"GET", "/api/workers/w1/files?limit=2"});
    CHECK(json_of(page).size() == 2);
    const std::string_view link = page.header("Link");
    REQUIRE(link.find("cursor=2~" + first) != std::string_view::npos);
    shop.commit(shop.file("other", "x"));
    const Json last = shop.list("?limit=5&cursor=2~" + first);
    REQUIRE(last.size() == 3);
    CHECK(last[2]["name"] == std::string(4000, 'e'));
    CHECK(shop.list().size() == 1);
    CHECK(shop.served.ask({"GET", "/api/workers/w1/files?cursor=2~main"}).status == 422);
    CHECK(shop.list("?cursor=900~" + first).empty());
}

TEST_CASE("a branch that is gone, or that a worker never had, is said") {
    Shop shop;
    const HttpResponse gone = shop.served.ask({"GET", "/api/workers/w1/files"});
    CHECK(gone.status == 404);
    CHECK(json_of(gone)["detail"] == "the branch task/1 of shop is gone");
    shop.add_worker("po", {});
    CHECK(shop.served.ask({"GET", "/api/workers/po/files"}).status == 404);
    CHECK(Served().ask({"GET", "/api/workers/w1/files"}).status == 404);
}

}  // namespace control
