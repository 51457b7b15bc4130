#include "tests/support/messages/message_checks.h"

#include "tests/support/messages/schema_check.h"

namespace tests {

using contracts::ErrorKind;
using contracts::Json;
using contracts::Presence;

namespace {

constexpr int kRounds = 100;
constexpr int kMutations = 1000;
constexpr std::uint64_t kLargestInteger = std::numeric_limits<std::int64_t>::max();

// A fixed seed, so that every failure can be reproduced.
Random seeded(const MessageKind& kind) {
    return Random(std::hash<std::string>{}(kind.name));
}

void refuses(const MessageKind& kind, const Json& document, const std::string& field) {
    INFO(kind.name << '.' << field << ": " << document.dump());
    const auto read = kind.read(document.dump());
    REQUIRE(!read);
    CHECK(read.error().kind == ErrorKind::invalid);
    CHECK(read.error().field == field);
    CHECK(!read.error().message.empty());
}

struct WrongValue {
    Json value;
    std::string at{};  // follows the field's name: "[0]"
};

void add_bounds(const contracts::Bounds& bounds, bool of_text, std::vector<WrongValue>& wrong) {
    if (!of_text) {
        if (bounds.low != std::numeric_limits<std::int64_t>::min())
            wrong.push_back({bounds.low - 1});
        if (bounds.high != std::numeric_limits<std::int64_t>::max())
            wrong.push_back({bounds.high + 1});
        return;
    }
    if (bounds.low > 0) wrong.push_back({""});
    if (bounds.high <= 1024)
        wrong.push_back({std::string(static_cast<std::size_t>(bounds.high) + 1, 'a')});
    if (!bounds.shape.pattern.empty()) {
        wrong.push_back({"with a blank"});
        wrong.push_back({std::string("\0", 1)});
    }
}

// The smallest size that exceeds the limit of a list or table.
std::optional<std::size_t> too_many(const contracts::Bounds& bounds) {
    constexpr std::int64_t kWorthTrying = 1024;
    if (bounds.high > kWorthTrying) return std::nullopt;
    return static_cast<std::size_t>(bounds.high) + 1;
}

std::vector<WrongValue> wrong_values(const ListedField& field) {
    std::vector<WrongValue> wrong;
    const Json object = Json::object();
    const Json list = Json::array();
    const std::optional<std::size_t> many = too_many(field.bounds);
    switch (field.kind) {
        case FieldKind::text:
            wrong = {{true}, {1.5}, {list}, {object}};
            if (!field.bounds.shape.takes_integer) wrong.push_back({17});
            add_bounds(field.bounds, true, wrong);
            break;
        case FieldKind::integer:
            wrong = {{"1"}, {1.5}, {true}, {list}, {object}, {std::uint64_t{1} << 63}};
            add_bounds(field.bounds, false, wrong);
            break;
        case FieldKind::real:
            wrong = {{"1"}, {true}, {list}, {object}};
            break;
        case FieldKind::boolean:
            wrong = {{"true"}, {0}, {list}, {object}};
            break;
        case FieldKind::instant:
            wrong = {{"yesterday"}, {""}, {0}, {"2026-13-01T00:00:00Z"}, {list}, {object}};
            break;
        case FieldKind::choice:
            wrong = {{"no-such-choice"}, {""}, {0}, {true}, {list}, {object}};
            break;
        case FieldKind::texts:
            wrong = {
                {"x"}, {object}, {Json::array({1}), "[0]"}, {Json::array({"a", nullptr}), "[1]"}};
            if (many) wrong.push_back({Json(std::vector<std::string>(*many, "a"))});
            break;
        case FieldKind::choice_list:
            wrong = {{"x"},
                     {object},
                     {Json::array({"no-such-choice"}), "[0]"},
                     {Json::array({1}), "[0]"}};
            break;
        case FieldKind::table:
            wrong = {{"x"}, {list}, {Json{{"k", 1}}, ".k"}, {Json{{"k", object}}, ".k"}};
            if (many) {
                Json entries = Json::object();
                for (std::size_t i = 0; i < *many; ++i)
                    entries[std::to_string(i)] = "a";
                wrong.push_back({std::move(entries)});
            }
            break;
        case FieldKind::group:
            wrong = {{"x"}, {list}, {1}};
            break;
        case FieldKind::document:
            break;
    }
    return wrong;
}

// A generated message in which every object on the way to the field is present.
Json with_parent_of(const MessageKind& kind, const ListedField& field, Random& random) {
    ListedField parent = field;
    parent.path.pop_back();
    for (;;) {
        Json document = kind.generate(random);
        if (find_field(document, parent) != nullptr) return document;
    }
}

void set_field(Json& document, const ListedField& field, const Json& value) {
    Json* at = &document;
    for (const std::string& part : field.path)
        at = &(*at)[part];
    *at = value;
}

std::string mutated(std::string text, Random& random) {
    constexpr std::string_view kBytes = "{}[]\",:0-9e.nulltrue\\u\x00\x01\xff\xc3 ";
    for (std::size_t edits = 1 + below(random, 3); edits > 0 && !text.empty(); --edits) {
        const std::size_t at = below(random, text.size());
        switch (below(random, 5)) {
            case 0:
                text.resize(at);
                break;
            case 1:
                text[at] = kBytes[below(random, kBytes.size())];
                break;
            case 2:
                text.insert(at, 1, kBytes[below(random, kBytes.size())]);
                break;
            case 3:
                text.erase(at, 1 + below(random, 8));
                break;
            default:
                text.insert(at, text.substr(below(random, text.size()), below(random, 40)));
        }
    }
    return text;
}

}  // namespace

std::vector<BadMessage> bad_messages(const MessageKind& kind, std::size_t least) {
    Random random = seeded(kind);
    std::vector<BadMessage> bad;
    while (bad.size() < least) {
        for (const ListedField& field : kind.fields) {
            Json document = with_parent_of(kind, field, random);
            const std::string whole = document.dump();
            bad.push_back({whole.substr(0, below(random, whole.size())), {}});
            for (const WrongValue& wrong : wrong_values(field)) {
                set_field(document, field, wrong.value);
                bad.push_back({document.dump(), field.name() + wrong.at});
            }
            if (field.presence != Presence::required) continue;
            set_field(document, field, nullptr);
            bad.push_back({document.dump(), field.name()});
            erase_field(document, field);
            bad.push_back({document.dump(), field.name()});
        }
    }
    return bad;
}

void check_round_trip(const MessageKind& kind) {
    Random random = seeded(kind);
    for (int round = 0; round < kRounds; ++round) {
        const Json written = kind.generate(random);
        INFO(written.dump());
        const auto read = kind.read(written.dump());
        if (!read) FAIL(read.error().describe());
        CHECK(*read == written);
        CHECK(kind.rewrite(written.dump()) == contracts::dump_json(*read));
    }
}

void check_absent_fields(const MessageKind& kind) {
    Random random = seeded(kind);
    for (const ListedField& field : kind.fields) {
        Json absent = with_parent_of(kind, field, random);
        Json null = absent;
        erase_field(absent, field);
        set_field(null, field, nullptr);
        for (const Json& document : {absent, null}) {
            if (field.presence == Presence::required) {
                refuses(kind, document, field.name());
                continue;
            }
            INFO(field.name());
            const auto read = kind.read(document.dump());
            if (!read) FAIL(read.error().describe());
            Json filled = *read;
            CHECK((find_field(filled, field) != nullptr) == (field.presence != Presence::optional));
        }
    }
}

void check_wrong_values(const MessageKind& kind) {
    Random random = seeded(kind);
    for (const ListedField& field : kind.fields)
        for (const WrongValue& wrong : wrong_values(field)) {
            Json document = with_parent_of(kind, field, random);
            set_field(document, field, wrong.value);
            refuses(kind, document, field.name() + wrong.at);
        }
}

void check_unknown_fields(const MessageKind& kind) {
    Random random = seeded(kind);
    const Json known = kind.generate(random);
    Json extended = known;
    extended["a_field_of_tomorrow"] = generated::any_document(random);
    for (const ListedField& field : kind.fields)
        if (Json* nested = find_field(extended, field);
            field.kind == FieldKind::group && nested != nullptr)
            (*nested)["a_field_of_tomorrow"] = 1;
    const auto read = kind.read(extended.dump());
    if (!read) FAIL(read.error().describe());
    CHECK(*read == known);
}

void check_mutations(const MessageKind& kind) {
    Random random = seeded(kind);
    for (int round = 0; round < kMutations; ++round) {
        const std::string text = mutated(kind.generate(random).dump(), random);
        const auto read = kind.read(text);
        INFO(text);
        if (read) {
            const auto again = kind.read(contracts::dump_json(*read));
            if (!again) FAIL(again.error().describe());
            CHECK(*again == *read);
        } else {
            CHECK(read.error().kind == ErrorKind::invalid);
            CHECK(!read.error().message.empty());
        }
    }
}

void check_schema(const MessageKind& kind) {
    Random random = seeded(kind);
    for (int round = 0; round < kRounds; ++round) {
        const Json written = kind.generate(random);
        INFO(written.dump());
        CHECK(schema_fault(kind.schema, written) == "");
    }
    for (const ListedField& field : kind.fields) {
        Json document = with_parent_of(kind, field, random);
        INFO(field.name());
        if (erase_field(document, field))
            CHECK(schema_fault(kind.schema, document).empty() ==
                  (field.presence != Presence::required));
        if (field.kind == FieldKind::instant) continue;  // JSON Schema does not enforce "format"
        for (const WrongValue& wrong : wrong_values(field)) {
            // The schemas do not say that a whole number must fit into 64 bits.
            if (wrong.value.is_number_unsigned() && wrong.value > kLargestInteger) continue;
            set_field(document, field, wrong.value);
            INFO(wrong.value.dump());
            CHECK(schema_fault(kind.schema, document) != "");
        }
    }
}

}  // namespace tests
