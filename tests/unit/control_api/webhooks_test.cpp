// GitHub's deliveries: signed, once each, and never believed.
#include "control/store/forge_deliveries.h"
#include "control/vault/signature.h"
#include "served.h"

#include <catch2/catch_test_macros.hpp>

namespace control {

using contracts::Json;

namespace {

constexpr const char* kSecret = "It's a Secret to Everybody";
constexpr const char* kPath = "/api/webhooks/github";

struct Hooked : Served {
    Hooked() : Served({.webhook_secret = kSecret}) {}

    HttpResponse deliver(const std::string& id, const std::string& body,
                         const std::string& event = "check_run") const {
        return deliver_signed(id, body, event, "sha256=" + signature_of(body, kSecret));
    }
    HttpResponse deliver_signed(const std::string& id, const std::string& body,
                                const std::string& event, const std::string& signature) const {
        return ask_with("", {.method = "POST",
                             .target = kPath,
                             .headers = {{"Content-Type", "application/json"},
                                         {"X-GitHub-Event", event},
                                         {"X-GitHub-Delivery", id},
                                         {"X-Hub-Signature-256", signature}},
                             .raw_body = body});
    }
    std::size_t unheard() const {
        std::size_t count = 0;
        write([&](Transaction& tx) -> Result<void> {
            Result<std::vector<ForgeDelivery>> reports = forge_deliveries::unheard(tx, 100);
            if (!reports) return reports.fault();
            count = reports->size();
            return {};
        });
        return count;
    }
};

std::string about(const std::string& repository) {
    return contracts::dump_json(Json{{"repository", {{"full_name", repository}}}});
}

}  // namespace

TEST_CASE("a signature is the one that GitHub's documentation gives as an example") {
    CHECK(signature_of("Hello, World!", kSecret) ==
          "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17");
}

TEST_CASE("a signed delivery is kept once, however often it is sent") {
    const Hooked served;
    const HttpResponse first = served.deliver("d-1", about("acme/greeter"));
    CHECK(first.status == 202);
    CHECK(json_of(first).at("status") == "accepted");
    CHECK(json_of(served.deliver("d-1", about("acme/greeter"))).at("status") == "known");
    CHECK(served.unheard() == 1);
}

TEST_CASE("a delivery without our signature changes nothing") {
    const Hooked served;
    const std::string body = about("acme/greeter");
    const std::string right = signature_of(body, kSecret);
    std::string wrong = right;
    wrong[5] = wrong[5] == '0' ? '1' : '0';
    for (const std::string& signature :
         {std::string(), std::string("sha256="), right, "sha1=" + right, "sha256=" + wrong,
          "sha256=" + right + "0", "sha256=" + right.substr(1),
          "sha256=" + signature_of(body, "another secret of theirs"),
          "sha256=" + signature_of(body + " ", kSecret)}) {
        INFO(signature);
        CHECK(served.deliver_signed("d-1", body, "check_run", signature).status == 401);
    }
    CHECK(served.unheard() == 0);
}

TEST_CASE("what a delivery may say is bounded, and what it is not about is ignored") {
    const Hooked served;
    CHECK(served.deliver("", about("a/b")).status == 422);
    CHECK(served.deliver("d 1", about("a/b")).status == 422);
    CHECK(served.deliver(std::string(101, 'd'), about("a/b")).status == 422);
    CHECK(served.deliver("d-1", "{\"repository\":").status == 400);
    CHECK(served.deliver("d-1", "[]").status == 400);
    for (const std::string& body :
         {std::string("{}"), std::string(R"({"repository":7})"), about(std::string(201, 'a')),
          about("a/b\n"), std::string(R"({"repository":{"full_name":["a/b"]}})")})
        CHECK(json_of(served.deliver("d-1", body)).at("status") == "ignored");
    CHECK(json_of(served.deliver("d-1", about("a/b"), "star")).at("status") == "ignored");
    CHECK(json_of(served.deliver("d-1", "{}", "ping")).at("status") == "ignored");
    CHECK(served.unheard() == 0);
}

TEST_CASE("without a secret there are no webhooks") {
    const Served served;
    CHECK(served.ask({"POST", kPath, Json::object()}).status == 404);
}

}  // namespace control
