// Documents of projects, read from a real repository. The model is a small test server with
// OpenAI's embeddings API that counts words.
#include "control/scheduler/project_documents.h"

#include "control/forge/git.h"
#include "control/http/server.h"
#include "control/store/project_knowledge.h"
#include "control/store/projects.h"
#include "control/store/rag_documents.h"
#include "tests/support/temporary_directory.h"

#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <thread>

namespace control {

namespace {

using contracts::Json;

// Returns for each text how often it contains each of these words.
constexpr std::string_view kKnownWords[] = {"cat", "dog", "boat"};

class WordServer {
public:
    WordServer() {
        auto door = server_.listen_tcp(
            "127.0.0.1", 0,
            [this](HttpRequest request, HttpReply reply) { reply(answer(request)); });
        REQUIRE(door);
        door_ = std::move(*door);
        thread_ = std::jthread([this] { server_.run(); });
    }
    ~WordServer() { server_.stop(); }

    [[nodiscard]] std::string url() const {
        return "http://127.0.0.1:" + std::to_string(door_->port());
    }
    std::atomic<int> status = 200;
    std::atomic<int> asked = 0;

private:
    HttpResponse answer(const HttpRequest& request) {
        ++asked;
        if (status != 200) return {status, {}, "busy"};
        if (request.path != "/embeddings" || request.header("authorization") != "Bearer key")
            return {404, {}, {}};
        const Json body = contracts::parse_json(request.body).value();
        Json data = Json::array();
        for (const Json& text : body.at("input")) {
            Json numbers = Json::array({0.01});
            for (const std::string_view word : kKnownWords)
                numbers.push_back(text.get<std::string>().find(word) != std::string::npos ? 1 : 0);
            const Json one{{"index", data.size()}, {"embedding", std::move(numbers)}};
            data.insert(data.begin(), one);  // not in the order of the inputs
        }
        return json_response(200, {{"data", std::move(data)}});
    }

    HttpServer server_;
    std::unique_ptr<Listener> door_;
    std::jthread thread_;
};

struct Written {
    std::string path;
    std::string text;
};

struct Bookshop {
    tests::TemporaryDirectory directory;
    std::unique_ptr<Database> db = open_sqlite(directory / "a.db").value();
    std::unique_ptr<Forge> forge = make_local_forge(directory / "forge").value();
    contracts::SystemClock clock;
    HttpClient client;
    std::unique_ptr<Embeddings> embeddings;

    Bookshop() {
        add_project("p", contracts::ProjectStatus::active);
        REQUIRE(forge->ensure_repository("p", "a project").has_value());
    }
    void add_project(const std::string& id, contracts::ProjectStatus status) {
        REQUIRE(db->transaction([&](Transaction& tx) {
                      contracts::Project project;
                      project.id = project.name = id;
                      project.status = status;
                      return projects::insert(tx, project, clock.now());
                  }).has_value());
    }
    // Commits exactly these files to the default branch.
    void commit(const std::vector<Written>& files) {
        std::string input =
            "commit refs/heads/main\ncommitter t <t@t> 1 +0000\ndata 1\nx\nfrom "
            "refs/heads/main^0\ndeleteall\n";
        for (const Written& file : files)
            input += "M 100644 inline " + file.path + "\ndata " + std::to_string(file.text.size()) +
                     "\n" + file.text + "\n";
        REQUIRE(git_output({"--git-dir=" + forge->location("p"), "fast-import", "--quiet"}, "test",
                           input)
                    .has_value());
    }
    DocumentsRead read() {
        auto done = read_documents({.database = *db,
                                    .forge = *forge,
                                    .embeddings = embeddings.get(),
                                    .clock = clock,
                                    .repository_of =
                                        [](const auto& project) {
                                            return project.id;
                                        }},
                                   [](Queries&) { return Result<void>(); }, {});
        INFO((done ? "" : done.error().describe()));
        REQUIRE(done);
        return *done;
    }
    std::string found(std::string_view words) {
        const auto parts = rag_documents::search_project(*db, "p", words, 10);
        REQUIRE(parts);
        std::string paths;
        for (const auto& part : *parts)
            paths.append(paths.empty() ? "" : " ").append(part.path);
        return paths;
    }
    std::string reason(const std::string& path) {
        const auto files = project_knowledge::files(*db, "p", 1000);
        REQUIRE(files);
        for (const auto& file : *files)
            if (file.path == path) return file.left_because.empty() ? "read" : file.left_because;
        return "unknown";
    }
};

}  // namespace

TEST_CASE("documents: which paths are some") {
    for (const char* path :
         {"README", "README.md", "readme.rst", "src/README.md", "docs/a.md", "docs/deep/b.txt",
          "doc/c.adoc", "spec.md", "SPEC.MD", "web/docs/d.md"})
        CHECK(is_document(path));
    for (const char* path : {"main.cpp", "docs/logo.png", "src/notes.md", "README_not", "a.json",
                             "docs", "docs/x.md.bak", ""})
        CHECK_FALSE(is_document(path));
}

TEST_CASE("P2.3.2 documents: read at their commit, once, and again when it moves") {
    Bookshop shop;
    shop.add_project("elsewhere", contracts::ProjectStatus::active);  // no repository here
    shop.add_project("draft", contracts::ProjectStatus::draft);
    shop.commit({{"README.md", "A shop for books about cats."},
                 {"docs/a.md", "How it is deployed: with care."},
                 {"main.cpp", "int main() { /* cats */ }"}});
    const DocumentsRead first = shop.read();
    CHECK(first.projects == 1);
    CHECK(first.changed == 2);
    CHECK(shop.found("how is it deployed") == "docs/a.md");
    CHECK(shop.found("cats") == "README.md");
    CHECK(shop.read().projects == 0);
    shop.commit({{"README.md", "A shop for books about dogs."}});
    CHECK(shop.read().changed == 2);
    CHECK(shop.found("cats deployed").empty());
    CHECK(shop.found("dogs") == "README.md");
}

TEST_CASE("documents: what is none is passed over with the reason, and nothing is lost") {
    Bookshop shop;
    std::vector<Written> files{{"README.md", std::string("\x7f"
                                                         "ELF\0\1\2",
                                                         7)},
                               {"docs/latin.md", "gr\xfc\xdf"},
                               {"docs/huge.md", std::string(50 << 20, 'x')},
                               {"docs/edge.md", "limit " + std::string((1 << 20) - 6, 'y')},
                               {"docs/empty.md", ""},
                               {"docs/good.md", "good words"}};
    for (int i = 0; i < 9; ++i)
        files.push_back(
            {"docs/z" + std::to_string(i) + ".md", "more " + std::string((1 << 20) - 5, 'z')});
    shop.commit(files);
    CHECK(shop.read().projects == 1);
    CHECK(shop.reason("README.md") == "is not text in UTF-8");
    CHECK(shop.reason("docs/latin.md") == "is not text in UTF-8");
    CHECK(shop.reason("docs/huge.md") == "is larger than 1 MiB, or is not a file");
    CHECK(shop.reason("docs/edge.md") == "read");
    CHECK(shop.reason("docs/good.md") == "read");
    CHECK(shop.reason("docs/z8.md") == "is beyond 8 MiB of documents in this project");
    CHECK(shop.found("good words") == "docs/good.md");
}

TEST_CASE("documents: at most 200 of a project, those at the top first") {
    Bookshop shop;
    std::vector<Written> files;
    for (int i = 0; i < 210; ++i)
        files.push_back({"docs/" + std::to_string(1000 + i) + ".md", "page"});
    files.push_back({"zz.md", "at the top"});
    shop.commit(files);
    CHECK(shop.read().changed == 200);
    CHECK(shop.reason("zz.md") == "read");
    CHECK(shop.reason("docs/1209.md") == "is beyond 200 documents in this project");
}

TEST_CASE("documents: each part gets a vector; a model that fails takes nothing away") {
    Bookshop shop;
    WordServer server;
    shop.embeddings =
        make_embeddings({.url = server.url(), .key = "key", .model = "words"}, shop.client);
    shop.commit({{"README.md", "all about the cat"},
                 {"docs/a.md", "a dog on a boat"},
                 {"docs/b.md", "nothing of that"}});
    server.status = 503;
    const DocumentsRead failed = shop.read();
    CHECK(failed.vectors == 0);
    CHECK(failed.trouble.find("503") != std::string::npos);
    CHECK(shop.found("dog") == "docs/a.md");
    server.status = 200;
    CHECK(shop.read().vectors == 3);
    CHECK(shop.read().vectors == 0);
    const auto cat = shop.embeddings->embed({"cat"}, {});
    REQUIRE(cat);
    const auto near = project_knowledge::nearest(*shop.db, "p", "words", cat->front(), 1);
    REQUIRE(near);
    REQUIRE(near->size() == 1);
    CHECK(near->front().path == "README.md");
    // A rejected key, and more texts than fit into one request.
    const auto stranger =
        make_embeddings({.url = server.url(), .key = "other", .model = "words"}, shop.client);
    CHECK(stranger->embed({"cat"}, {}).error().kind == ErrorKind::upstream);
    server.status = 401;
    CHECK(stranger->embed({"cat"}, {}).error().field == "EMBEDDINGS_KEY");
    const int before = server.asked;
    CHECK(stranger->embed(std::vector<std::string>(kMostTexts + 1, "x"), {}).error().field ==
          "texts");
    CHECK(stranger->embed({}, {})->empty());
    CHECK(server.asked == before);
}

}  // namespace control
