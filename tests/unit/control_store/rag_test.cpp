// Documents, their parts, and search results, over every driver.
#include "control/store/rag_documents.h"
#include "drivers.h"

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

namespace control {

namespace {

using contracts::RagChunk;
using contracts::RagDocument;

RagDocument document_of(const std::string& id, std::string text) {
    return {id, "docs", "path/" + id, std::move(text), contracts::Timestamp{}};
}

template <class Driver>
struct Library {
    Driver driver;
    std::unique_ptr<Database> db = driver.open();

    void add(const RagDocument& document) {
        const Result<void> done =
            db->transaction([&](Transaction& tx) { return rag_documents::insert(tx, document); });
        INFO((done ? "" : done.error().describe()));
        REQUIRE(done);
    }
    // The documents found, in order.
    std::string search(std::string_view words, std::size_t limit = 10) {
        const Result<std::vector<RagChunk>> found = rag_documents::search(*db, words, limit);
        INFO((found ? "" : found.error().describe()));
        REQUIRE(found);
        std::string ids;
        for (const RagChunk& chunk : *found)
            ids.append(ids.empty() ? "" : " ").append(chunk.id);
        return ids;
    }
};

}  // namespace

TEMPLATE_TEST_CASE("a search finds the parts that have all words, and follows every change", "",
                   STORE_DRIVERS) {
    Library<TestType> library;
    library.add(document_of("a", "The gate opens doors. Größe zählt."));
    library.add(document_of("b", "A wall has no doors."));
    CHECK(library.search("doors").size() == std::string_view("a:0 b:0").size());
    CHECK(library.search("DOORS gate") == "a:0");
    CHECK(library.search("größe") == "a:0");
    CHECK(library.search("grosse").empty());
    CHECK(library.search("doors", 1).size() == 3);
    for (const char* nothing :
         {"", "  ", "!?&|()", "\"", "nothing here", "doors nothing", "'; DROP TABLE rag_chunks"})
        CHECK(library.search(nothing).empty());
    for (const char* odd : {"doors AND gate", "gate OR wall", "NOT doors", "gate*", "text:gate"})
        CHECK(library.search(odd).size() <= 3);
    CHECK(library.search("doors & gate!") == "a:0");

    Result<Stored<RagDocument>> stored = rag_documents::find(*library.db, "a");
    REQUIRE(stored);
    stored->entity.text = "Nothing of that sort.";
    REQUIRE(library.db->transaction(
        [&](Transaction& tx) { return rag_documents::update(tx, *stored); }));
    CHECK(library.search("gate").empty());
    CHECK(library.search("sort") == "a:0");
    REQUIRE(library.db->transaction([](Transaction& tx) { return rag_documents::erase(tx, "b"); }));
    CHECK(library.search("doors").empty());
    library.db = nullptr;
    library.db = library.driver.open();
    CHECK(library.search("sort") == "a:0");
}

TEMPLATE_TEST_CASE("a long document is found by its parts", "", STORE_DRIVERS) {
    Library<TestType> library;
    std::string text;
    for (int i = 0; i < 200; ++i)
        text += "Paragraph " + std::to_string(i) + " is about subject" + std::to_string(i) +
                " and nothing else at all.\n\n";
    library.add(document_of("long", text));
    const Result<std::vector<RagChunk>> found =
        rag_documents::search(*library.db, "subject150", 10);
    REQUIRE(found);
    REQUIRE(found->size() == 1);
    CHECK(found->front().position > 0);
    CHECK(found->front().text.size() <= 2'000);
    CHECK(found->front().path == "path/long");
}

TEST_CASE("a text is cut between paragraphs, lines, words, and never inside a character") {
    using rag_documents::split;
    CHECK(split("").empty());
    CHECK(split(" \n\n ").empty());
    CHECK(split("one\n\ntwo", 100) == std::vector<std::string>{"one\n\ntwo"});
    CHECK(split("one one\n\ntwo two", 10) == std::vector<std::string>{"one one", "two two"});
    CHECK(split("alpha beta gamma", 11) == std::vector<std::string>{"alpha beta", "gamma"});
    std::string whole;
    const std::string euros = "€€€€€€€€€€€€";
    for (const std::string& part : split(euros, 7)) {
        CHECK(part.size() % 3 == 0);
        whole += part;
    }
    CHECK(whole == euros);
}

}  // namespace control
