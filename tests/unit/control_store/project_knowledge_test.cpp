// Documents of projects: replaced as a whole, found by words and by vectors, over every driver.
#include "control/store/project_knowledge.h"

#include "control/store/projects.h"
#include "control/store/rag_documents.h"
#include "control/store/vector_text.h"
#include "drivers.h"

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <filesystem>
#include <limits>
#include <random>
#include <utility>

namespace control {

namespace {

using project_knowledge::Reading;

constexpr contracts::Timestamp kReadAt{std::chrono::milliseconds(1'768'046'400'000)};

template <class Driver>
struct Shelf {
    Driver driver;
    std::unique_ptr<Database> db = driver.open();

    Shelf() {
        for (const char* id : {"p", "q"})
            in_transaction([&](Transaction& tx) {
                contracts::Project project;
                project.id = project.name = id;
                return projects::insert(tx, project, kReadAt);
            });
    }
    void in_transaction(const std::function<Result<void>(Transaction&)>& work) {
        const Result<void> done = db->transaction(work);
        INFO((done ? "" : done.error().describe()));
        REQUIRE(done);
    }
    std::int64_t read(const Reading& reading) {
        std::int64_t changed = -1;
        in_transaction([&](Transaction& tx) -> Result<void> {
            auto put = project_knowledge::replace(tx, reading, kReadAt);
            if (!put) return fail(std::move(put.error()));
            changed = *put;
            return {};
        });
        return changed;
    }
    std::string paths(const Result<std::vector<contracts::RagChunk>>& found) {
        INFO((found ? "" : found.error().describe()));
        REQUIRE(found);
        std::string all;
        for (const auto& chunk : *found)
            all.append(all.empty() ? "" : " ").append(chunk.path);
        return all;
    }
    std::string search(const std::string& project, std::string_view words) {
        return paths(rag_documents::search_project(*db, project, words, 10));
    }
    std::string near(const std::string& project, const std::vector<float>& vector) {
        return paths(project_knowledge::nearest(*db, project, "m", vector, 2));
    }
};

}  // namespace

TEMPLATE_TEST_CASE("a reading takes the place of what was known, and searches stay in a project",
                   "", STORE_DRIVERS) {
    Shelf<TestType> shelf;
    CHECK(shelf.read({"p",
                      "c1",
                      {{"README.md", "The gate opens doors."}, {"docs/a.md", "A wall has doors."}},
                      {{"docs/big.md", "is larger than 1 MiB"}}}) == 2);
    CHECK(shelf.read({"q", "c1", {{"README.md", "Doors of another project."}}, {}}) == 1);
    CHECK(shelf.search("p", "gate doors") == "README.md docs/a.md");
    CHECK(shelf.search("q", "gate doors") == "README.md");
    CHECK(shelf.search("p", "another").empty());
    for (const char* odd : {"", "'", "\"", "' | '", "a & b:*", "\\", "’", "doors'); DROP TABLE x"})
        CHECK(rag_documents::search_project(*shelf.db, "p", odd, 5));
    CHECK(project_knowledge::read_commit(*shelf.db, "p") == "c1");
    auto files = project_knowledge::files(*shelf.db, "p", 10);
    REQUIRE(files);
    REQUIRE(files->size() == 3);
    CHECK((*files)[1].path == "docs/a.md");
    CHECK((*files)[2].left_because == "is larger than 1 MiB");
    // One document is unchanged, one is changed, one is removed, one is new.
    CHECK(shelf.read(
              {"p", "c2", {{"README.md", "The gate opens doors."}, {"spec.md", "New."}}, {}}) == 2);
    CHECK(shelf.search("p", "wall").empty());
    CHECK(shelf.search("p", "new") == "spec.md");
    CHECK(shelf.read({"p", "c3", {{"README.md", "Another gate."}, {"spec.md", "New."}}, {}}) == 1);
    CHECK(shelf.search("p", "opens").empty());
    CHECK(project_knowledge::files(*shelf.db, "p", 10)->size() == 2);
    // Deleting a project deletes its documents.
    shelf.in_transaction([](Transaction& tx) { return projects::erase(tx, "q"); });
    shelf.in_transaction([](Transaction& tx) -> Result<void> {
        const auto gone = project_knowledge::forget_orphans(tx, 10);
        CHECK(gone == 1);
        return {};
    });
    CHECK(shelf.search("q", "doors").empty());
    CHECK(shelf.search("p", "gate") == "README.md");
}

namespace {

template <class Driver>
void check_vectors(Shelf<Driver>& shelf) {
    (void)shelf.read({"p", "c", {{"a", "one"}, {"b", "two"}, {"c", "three"}}, {}});
    (void)shelf.read({"q", "c", {{"d", "four"}}, {}});
    const auto missing = project_knowledge::without_vector(*shelf.db, "m", 10);
    REQUIRE(missing);
    REQUIRE(missing->size() == 4);
    const std::vector<float> vectors[] = {{2, 0, 0}, {1, 1, 0}, {0, 0, 5}, {1, 0, 0}};
    for (std::size_t i = 0; i < 4; ++i)
        shelf.in_transaction([&](Transaction& tx) {
            return project_knowledge::set_vector(tx, (*missing)[i].id, "m", vectors[i]);
        });
    CHECK(project_knowledge::without_vector(*shelf.db, "m", 10)->empty());
    CHECK(project_knowledge::without_vector(*shelf.db, "other", 10)->size() == 4);
    CHECK(shelf.near("p", {1, 0.1F, 0}) == "a b");
    CHECK(shelf.near("p", {0, 0, 0.001F}).starts_with("c"));
    CHECK(shelf.near("q", {0, 1, 0}) == "d");
    CHECK(shelf.near("p", {1, 0}).empty());  // of another length
    CHECK(shelf.near("p", {0, 0, 0}).empty());
    // An unchanged text keeps its vector; a changed one has none.
    (void)shelf.read({"p", "c2", {{"a", "one"}, {"b", "changed"}}, {}});
    CHECK(project_knowledge::without_vector(*shelf.db, "m", 10)->size() == 1);
}

// A PostgreSQL with pgvector, which Debian's does not have.
class PgvectorDriver {
public:
    PgvectorDriver() : url_(server().make_schema()) {}

    static bool is_installed() {
        return std::filesystem::exists(std::string(kInstalled) + "/pgserver");
    }
    [[nodiscard]] std::unique_ptr<Database> open() const { return opened(open_postgres(url_)); }
    // For tests that open the database before it has the extension.
    void add_extension() const {
        server().sql("CREATE EXTENSION vector SCHEMA " + url_.substr(url_.rfind("%3D") + 3));
    }
    void remove_extension() const { server().sql("DROP EXTENSION vector CASCADE"); }

private:
    static constexpr const char* kInstalled =
        ORCH_SOURCE_DIR "/build/tools/pgvector/lib/python3.11/site-packages";

    // The server's user may not reach our directory, so it gets a copy.
    static tests::PostgresServer& server() {
        static const tests::TemporaryDirectory place;
        static tests::PostgresServer one([] {
            namespace fs = std::filesystem;
            fs::permissions(place.path(), fs::perms(0755));
            for (const char* part : {"pgserver", "pgserver.libs"})
                fs::copy(fs::path(kInstalled) / part, place / part, fs::copy_options::recursive);
            return tests::PostgresOptions{.programs = place / "pgserver/pginstall/bin"};
        }());
        return one;
    }

    std::string url_;
};

}  // namespace

TEMPLATE_TEST_CASE("parts are found by their vectors, the nearest first", "", STORE_DRIVERS) {
    Shelf<TestType> shelf;
    check_vectors(shelf);
}

TEST_CASE("with pgvector the database compares the vectors, and finds the same") {
    if (!PgvectorDriver::is_installed()) SKIP("no PostgreSQL with pgvector: ci/test installs it");
    Shelf<PgvectorDriver> shelf;
    shelf.driver.add_extension();
    shelf.db = shelf.driver.open();
    check_vectors(shelf);
    CHECK(shelf.db->query("SELECT unit_vector FROM rag_chunks WHERE FALSE"));
    shelf.driver.remove_extension();
}

TEST_CASE("pgvector may come after the vectors, and go again") {
    if (!PgvectorDriver::is_installed()) SKIP("no PostgreSQL with pgvector: ci/test installs it");
    Shelf<PgvectorDriver> shelf;
    std::mt19937 random(11);
    std::normal_distribution<float> number;
    std::vector<project_knowledge::ProjectFile> files;
    for (int i = 0; i < 60; ++i)
        files.push_back({"f" + std::to_string(i), "text " + std::to_string(i)});
    (void)shelf.read({"p", "c", files, {}});
    const auto vector = [&] {
        std::vector<float> numbers(96);
        for (float& one : numbers)
            one = number(random);
        return numbers;
    };
    const auto parts = project_knowledge::without_vector(*shelf.db, "m", 100);
    REQUIRE(parts);
    for (const auto& part : *parts)
        shelf.in_transaction([&](Transaction& tx) {
            return project_knowledge::set_vector(tx, part.id, "m", vector());
        });
    std::vector<std::pair<std::vector<float>, std::string>> seen;
    for (int i = 0; i < 20; ++i) {
        const auto asked = vector();
        seen.emplace_back(asked, shelf.near("p", asked));
    }
    shelf.driver.add_extension();
    shelf.db = shelf.driver.open();
    for (const auto& [asked, found] : seen)
        CHECK(shelf.near("p", asked) == found);
    shelf.driver.remove_extension();
    for (const auto& [asked, found] : seen)
        CHECK(shelf.near("p", asked) == found);
}

TEST_CASE("a vector as a text: of length one, and nothing else") {
    const auto back = vector_of(vector_text({3, -4}));
    REQUIRE(back);
    CHECK(std::abs((*back)[0] - 0.6F) < 1e-4F);
    CHECK(std::abs((*back)[1] + 0.8F) < 1e-4F);
    CHECK(std::abs(product(*back, *back) - 1) < 1e-3F);
    CHECK(vector_text({}).empty());
    CHECK(vector_text({0, 0}).empty());
    CHECK(vector_text({std::numeric_limits<float>::quiet_NaN(), 1}).empty());
    CHECK(vector_text({std::numeric_limits<float>::infinity(), 1}).empty());
    CHECK(vector_text({1e38F, 1e38F}).size() == 8);
    for (const char* wrong : {"", "123", "12345", "zzzz", "+123", " 123"})
        CHECK_FALSE(vector_of(wrong));
}

}  // namespace control
