// The page's side of a request: who is let in, what is passed on to the API, and what a watching
// page is sent. The store is real; the API is a function that records its requests.
#include "control/web/web.h"

#include "control/web/guard.h"
#include "control/web/page.h"
#include "tests/support/eventually.h"
#include "tests/support/temporary_directory.h"

#include <catch2/catch_test_macros.hpp>
#include <future>

namespace control::web {

namespace {

using contracts::Json;
using namespace std::chrono_literals;

// Records each request and gives the answer that the test has set.
struct SayingApi {
    std::mutex guard;
    std::map<std::string, std::string> says;  // answers by path; the default is the path itself
    std::vector<HttpRequest> asked;
    int again = 0;

    AskApi door(bool by_itself) {
        return [this, by_itself](const Token& token, HttpRequest request, HttpReply reply) {
            const std::lock_guard lock(guard);
            const auto found = says.find(request.path);
            Json body{{"path", request.path}, {"token", token.name}};
            if (found != says.end()) body["says"] = found->second;
            if (by_itself)
                ++again;
            else
                asked.push_back(std::move(request));
            reply(json_response(200, body));
        };
    }
    void say(const std::string& path, const std::string& word) {
        const std::lock_guard lock(guard);
        says[path] = word;
    }
};

struct Rig {
    Rig() {
        auto database = open_sqlite(directory / "orchestrator.db");
        REQUIRE(database);
        db = std::move(*database);
        web = std::make_unique<Web>(WebNeeds{
            .database = *db,
            .clock = clock,
            .log = contracts::Log(std::make_shared<contracts::DescriptorSink>(-1),
                                  contracts::LogLevel::error, contracts::LogFormat::json, "test"),
            .ask = api.door(false),
            .ask_again = api.door(true),
            .session_lasts = 1h,
            .watchers = 3});
        web->start();
    }

    HttpResponse ask(HttpRequest request) const {
        auto answer = std::make_shared<std::promise<HttpResponse>>();
        web->handle(std::move(request),
                    [answer](HttpResponse response) { answer->set_value(std::move(response)); });
        return answer->get_future().get();
    }
    std::string token(const std::string& name) {
        std::string text;
        write([&](Transaction& tx) -> Result<void> {
            auto made = tokens::create(tx, {.name = name, .scopes = {"*"}}, clock.now());
            if (!made) return fail(made.error());
            text = *made;
            return {};
        });
        return text;
    }
    void write(const std::function<Result<void>(Transaction&)>& work) const {
        REQUIRE(db->transaction(work));
    }
    // The cookie of a new session.
    std::string signed_in(const std::string& text) const {
        const HttpResponse answer = ask({"POST",
                                         "/web/session",
                                         {},
                                         {{"X-Orchestrator-Page", "1"}},
                                         Json{{"token", text}}.dump()});
        REQUIRE(answer.status == 200);
        const std::string_view line = answer.header("Set-Cookie");
        return std::string(line.substr(0, line.find(';')));
    }
    HttpResponse watch(const std::string& cookie, const std::string& paths,
                       const std::string& last = {}) const {
        HttpRequest request{"GET", "/web/events", {{"watch", paths}}, {{"Cookie", cookie}}, {}};
        if (!last.empty()) request.headers.push_back({"Last-Event-ID", last});
        return ask(std::move(request));
    }

    tests::TemporaryDirectory directory;
    contracts::SystemClock clock;
    SayingApi api;
    std::unique_ptr<Database> db;
    std::unique_ptr<Web> web;
};

// Reads a stream until `mark` has come, including heartbeats and the retry line.
std::string read_until(BodySource& stream, std::string_view mark) {
    std::string text;
    tests::eventually("the stream says " + std::string(mark), [&] {
        while (auto piece = stream.next()) {
            if (piece->empty()) {
                text.append("[end]");
                break;
            }
            text.append(*piece);
        }
        return text.find(mark) != std::string::npos;
    });
    return text;
}

std::string id_in(const std::string& text) {
    const std::size_t begin = text.rfind("id: ") + 4;
    return text.substr(begin, text.find('\n', begin) - begin);
}

}  // namespace

TEST_CASE("a cookie stands for its token at the API, and nothing else of the request does") {
    Rig rig;
    const std::string cookie = rig.signed_in(rig.token("mine"));
    const std::vector<HttpHeader> headers{{"Cookie", cookie},
                                          {"X-Orchestrator-Page", "1"},
                                          {"Authorization", "Bearer x"},
                                          {"X-Telegram-ID", "7"},
                                          {"If-Match", "\"3\""}};
    const HttpResponse answer = rig.ask({"PATCH", "/web/api/tasks/1", {}, headers, "{}"});
    CHECK(answer.status == 200);
    CHECK(answer.body.find("mine") != std::string::npos);
    CHECK(answer.header("Cache-Control") == "no-store");
    CHECK(answer.header("X-Frame-Options") == "DENY");
    REQUIRE(rig.api.asked.size() == 1);
    const HttpRequest& asked = rig.api.asked[0];
    CHECK(asked.path == "/api/tasks/1");
    CHECK(asked.header("If-Match") == "\"3\"");
    for (const char* name : {"Cookie", "Authorization", "X-Telegram-ID"})
        CHECK(!asked.has(name));

    CHECK(rig.ask({"GET", "/web/api/tasks", {}, {{"X-Orchestrator-Page", "1"}}, {}}).status == 401);
    CHECK(rig.ask({"GET", "/web/api/tasks", {}, {{"Cookie", cookie}}, {}}).status == 403);
    CHECK(rig.ask({"GET",
                   "/web/api/tasks",
                   {},
                   {{"Cookie", cookie + "0"}, {"X-Orchestrator-Page", "1"}},
                   {}})
              .status == 401);
    CHECK(rig.api.asked.size() == 1);
}

TEST_CASE("signing in takes one proof, in a body of its form") {
    Rig rig;
    const auto post = [&](const std::string& body) {
        return rig.ask({"POST", "/web/session", {}, {{"X-Orchestrator-Page", "1"}}, body}).status;
    };
    CHECK(post("") == 400);
    CHECK(post("[]") == 400);
    CHECK(post("{}") == 422);
    CHECK(post(R"({"token":"x","link":"y"})") == 422);
    CHECK(post(R"({"token":"x"})") == 401);
    CHECK(post(R"({"link":"x"})") == 401);
    CHECK(post(R"({"link":7})") == 422);
    CHECK(post(std::string(5'000, ' ')) == 413);
    CHECK(rig.ask({"PUT", "/web/session", {}, {{"X-Orchestrator-Page", "1"}}, {}}).status == 405);
    CHECK(rig.ask({"GET", "/web/session", {}, {}, {}}).status == 401);
    const std::string cookie = rig.signed_in(rig.token("mine"));
    const Json who =
        Json::parse(rig.ask({"GET", "/web/session", {}, {{"Cookie", "a=b; " + cookie}}, {}}).body);
    CHECK(who.at("token").at("name") == "mine");
    CHECK(rig.ask({"DELETE",
                   "/web/session",
                   {},
                   {{"Cookie", cookie}, {"X-Orchestrator-Page", "1"}},
                   {}})
              .status == 204);
    CHECK(rig.ask({"GET", "/web/session", {}, {{"Cookie", cookie}}, {}}).status == 401);
}

TEST_CASE("a page that watches is told each answer once, and later what differs") {
    Rig rig;
    const std::string cookie = rig.signed_in(rig.token("mine"));
    rig.api.say("/api/tasks", "first");
    const HttpResponse answer = rig.watch(cookie, "/api/tasks?limit=2\n/api/projects");
    REQUIRE(answer.stream);
    CHECK(answer.header("Content-Type").starts_with("text/event-stream"));
    answer.stream->begin([] {});
    std::string told = read_until(*answer.stream, R"("watch":1)");
    CHECK(
        told.find(
            R"({"watch":0,"status":200,"body":{"path":"/api/tasks","says":"first","token":"mine"}})") !=
        std::string::npos);

    // The store changes, and one of the two views with it.
    rig.api.say("/api/tasks", "second");
    (void)rig.token("another");
    told = read_until(*answer.stream, "second");
    CHECK(told.find(R"("watch":1)") == std::string::npos);

    // The same page again: it is not sent what it has already seen.
    const HttpResponse again = rig.watch(cookie, "/api/tasks?limit=2\n/api/projects", id_in(told));
    again.stream->begin([] {});
    rig.api.say("/api/projects", "third");
    (void)rig.token("one more");
    told = read_until(*again.stream, "third");
    CHECK(told.find("second") == std::string::npos);

    // Another user's position, or that of another view, is ignored.
    const HttpResponse strange = rig.watch(cookie, "/api/tasks?limit=2", "1.2.3");
    strange.stream->begin([] {});
    CHECK(read_until(*strange.stream, "second").find("watch") != std::string::npos);
}

TEST_CASE("pages of one token ask together, and not while the store is still") {
    Rig rig;
    const std::string cookie = rig.signed_in(rig.token("mine"));
    std::vector<HttpResponse> pages;
    for (int i = 0; i < 3; ++i) {
        pages.push_back(rig.watch(cookie, "/api/tasks"));
        REQUIRE(pages.back().stream);
        pages.back().stream->begin([] {});
        (void)read_until(*pages.back().stream, "watch");
    }
    CHECK(rig.watch(cookie, "/api/tasks").status == 503);  // three are open
    pages.pop_back();
    CHECK(rig.watch(cookie, "/api/tasks").status == 200);
    int before = 0;
    {
        const std::lock_guard lock(rig.api.guard);
        before = rig.api.again;
    }
    tests::stays(
        "the store is asked at most once a second",
        [&] {
            const std::lock_guard lock(rig.api.guard);
            return rig.api.again <= before + 2;
        },
        700ms);
}

TEST_CASE("what is watched are paths of the API, a few") {
    Rig rig;
    const std::string cookie = rig.signed_in(rig.token("mine"));
    std::string many;
    for (int i = 0; i < 17; ++i)
        many.append("/api/tasks?limit=").append(std::to_string(i + 1)).append("\n");
    for (const std::string& paths :
         {std::string(), std::string("/metrics"), std::string("tasks"),
          "/api/" + std::string(600, 'x'), many, std::string("/api/tasks\n\n/api/x")})
        CHECK(rig.watch(cookie, paths).status == 422);
    CHECK(rig.watch("", "/api/tasks").status == 401);
    const HttpResponse broken = rig.watch(cookie, "/api/tasks?a=%zz");
    broken.stream->begin([] {});
    CHECK(read_until(*broken.stream, "watch").find("\"status\":400") != std::string::npos);
}

TEST_CASE("a session that has ended ends its streams, and so does a daemon that stops") {
    Rig rig;
    const std::string text = rig.token("mine");
    const std::string cookie = rig.signed_in(text);
    const HttpResponse page = rig.watch(cookie, "/api/tasks");
    std::atomic<int> woken = 0;
    page.stream->begin([&] { ++woken; });
    (void)read_until(*page.stream, "watch");
    rig.write(
        [&](Transaction& tx) { return tokens::revoke(tx, text.substr(5, 12), rig.clock.now()); });
    const std::string told = read_until(*page.stream, "[end]");
    CHECK(told.find("event: ended") != std::string::npos);
    CHECK(woken > 0);

    const HttpResponse other = rig.watch(rig.signed_in(rig.token("other")), "/api/tasks");
    other.stream->begin([] {});
    (void)read_until(*other.stream, "watch");
    rig.web->stop();
    CHECK(read_until(*other.stream, "[end]").find("ended") == std::string::npos);
}

TEST_CASE("the page is plain text of a bounded size, and fetches from nowhere else") {
    const StaticFiles files(page_files());
    CHECK(files.packed_size() < (350u << 10));
    for (const StaticFile& file : page_files()) {
        CAPTURE(file.name);
        for (const char c : file.bytes)
            if (static_cast<unsigned char>(c) > 0x7e) FAIL("not ASCII");
        for (const char* word : {"http://", "https://", "innerHTML", "insertAdjacentHTML", "eval(",
                                 "document.write", " style=", "javascript:"}) {
            CAPTURE(word);
            const std::size_t at = file.bytes.find(word);
            CHECK((at == std::string_view::npos ||
                   file.bytes.substr(at).starts_with("http://www.w3.org/2000/svg")));
        }
    }
}

TEST_CASE("a cookie is found among others, and one whose name only ends alike is not") {
    const HttpRequest request{"GET", "/", {}, {{"Cookie", "xorch=1; orch=2;a=; b"}}, {}};
    CHECK(cookie(request, "orch") == "2");
    CHECK(cookie(request, "a").empty());
    CHECK(cookie(request, "b").empty());
    CHECK(cookie(request, "c").empty());
}

}  // namespace control::web
