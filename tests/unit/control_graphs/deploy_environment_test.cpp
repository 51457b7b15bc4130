#include "control/graphs/deploy/environment.h"

#include <catch2/catch_test_macros.hpp>
#include <set>

using namespace control::graphs;

namespace {

using Values = std::map<std::string, std::string>;

const DeployFacts kFacts{.project_name = "shop", .url = "http://127.0.0.1:8100", .port = 8100};

Environment resolved(const std::string& example, const Values& stored = {}) {
    return resolve(read_env_example(example), stored, kFacts);
}

std::vector<std::string> names(std::initializer_list<const char*> all) {
    return {all.begin(), all.end()};
}

}  // namespace

TEST_CASE("each variable of an example is given, generated, written there, or asked for") {
    const Environment found = resolved(
        "# the application\nAPP_NAME=x\nAPP_ENV=local\nDEBUG=true\nPORT=1\nAPP_URL=http://x\n"
        "APP_SECRET_KEY=changeme\nPOSTGRES_PASSWORD=postgres\nPASSWORD_SALT=\n"
        "GREETING=\"hello # world\"\nCOLOR=red # or blue\nexport SHAPE='round'\n"
        "TELEGRAM_BOT_TOKEN=\nSTRIPE_SECRET_KEY=sk\nOPENAI_API_KEY=<your key>\n");
    CHECK(found.plain == Values{{"APP_NAME", "shop"},
                                {"APP_ENV", "production"},
                                {"DEBUG", "false"},
                                {"PORT", "8100"},
                                {"APP_URL", "http://127.0.0.1:8100"},
                                {"GREETING", "hello # world"},
                                {"COLOR", "red"},
                                {"SHAPE", "round"},
                                {"STRIPE_SECRET_KEY", "sk"}});
    CHECK(found.to_generate == names({"APP_SECRET_KEY", "POSTGRES_PASSWORD", "PASSWORD_SALT"}));
    CHECK(found.missing == names({"TELEGRAM_BOT_TOKEN", "OPENAI_API_KEY"}));
}

TEST_CASE("what is stored goes before every rule, and is a secret") {
    const Environment found =
        resolved("APP_ENV=x\nAPP_SECRET_KEY=\nTOKEN=\nCOLOR=red\n", {{"APP_ENV", "staging"},
                                                                     {"APP_SECRET_KEY", "kept"},
                                                                     {"TOKEN", "given"},
                                                                     {"COLOR", "blue"},
                                                                     {"OTHER", "too"}});
    CHECK(found.plain.empty());
    CHECK(found.secrets.size() == 5);
    CHECK(found.secrets.at("COLOR") == "blue");
    CHECK(found.to_generate.empty());
    CHECK(found.missing.empty());
}

TEST_CASE("derived values use the kept ones, in whatever order they stand") {
    const std::string example =
        "ASYNC_DATABASE_URL=${DATABASE_URL}?async=1\n"
        "DATABASE_URL=postgresql://app:${POSTGRES_PASSWORD}@db:5432/${POSTGRES_DB}\n"
        "POSTGRES_PASSWORD=x\nPOSTGRES_DB=shop\nPLAIN=${POSTGRES_DB}-a\n";
    CHECK(resolved(example).to_generate == names({"POSTGRES_PASSWORD"}));
    const Environment found = resolved(example, {{"POSTGRES_PASSWORD", "pw"}});
    CHECK(found.secrets.at("DATABASE_URL") == "postgresql://app:pw@db:5432/shop");
    CHECK(found.secrets.at("ASYNC_DATABASE_URL") == "postgresql://app:pw@db:5432/shop?async=1");
    CHECK(found.plain.at("PLAIN") == "shop-a");
    // A URL that repeats the example's password gets the stored password instead.
    CHECK(resolved("DATABASE_URL=postgresql://postgres:postgres@db/x\nPOSTGRES_PASSWORD=postgres\n",
                   {{"POSTGRES_PASSWORD", "pw"}})
              .secrets.at("DATABASE_URL") == "postgresql://postgres:pw@db/x");
}

TEST_CASE("optional values are not asked for, and lines that are not understood are left out") {
    CHECK(resolved("A=  # Optional\n# optional: for mail\nB=\nC=\n").missing == names({"C"}));
    CHECK(resolved("A=\nA=1\n").plain == Values{{"A", "1"}});
    for (const char* odd : {"", "\n\n", "no equals", "=x", "1A=x", "A B=x", "\xff=\xfe", "A"})
        CHECK(read_env_example(odd).empty());
    CHECK(resolved("A=${B\nB=x\nC=${NOWHERE}\n").plain.at("A") == "${B");
    // Two variables that refer to each other have no value.
    CHECK(resolved("A=${B}\nB=${A}\n").plain.empty());
    CHECK(resolved("A=1\r\nB=2\r\n").plain == Values{{"A", "1"}, {"B", "2"}});
}

TEST_CASE("generated secrets fit into a URL, have 32 characters, and differ") {
    std::set<std::string> all;
    for (int i = 0; i < 100; ++i) {
        const std::string one = generate_secret();
        CHECK(one.size() == 32);
        CHECK(one.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                    "0123456789-_") == std::string::npos);
        all.insert(one);
    }
    CHECK(all.size() == 100);
}
