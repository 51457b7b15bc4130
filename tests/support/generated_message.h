// Messages generated from their field lists: valid ones of every size and shape. Also the list of
// fields itself, for tests that go through every field of every message.
#pragma once

#include "contracts/fields/field_list.h"
#include "contracts/fields/write.h"

#include <random>
#include <stdexcept>

namespace tests {

using Random = std::mt19937_64;

inline std::size_t below(Random& random, std::size_t bound) {
    return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random);
}

namespace generated {

inline std::string characters(Random& random, std::string_view from, std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i)
        text += from[below(random, from.size())];
    return text;
}

// Text that JSON must escape, that is not ASCII, or that looks like something else.
inline std::string prose(Random& random, std::size_t least) {
    constexpr std::string_view kPieces[] = {
        "a",    "Zz", " ", "\n",   "\t", "\"",     "\\",        "/",    "{",  "}",
        "null", "0",  "é", "日本", "🚀", "\u007f", "</result>", "\r\n", "%s", "\x01"};
    std::string text;
    const std::size_t pieces = below(random, 12);
    for (std::size_t i = 0; i < pieces || text.size() < least; ++i)
        text += kPieces[below(random, std::size(kPieces))];
    return text;
}

inline std::string shaped(Random& random, const contracts::Bounds& bounds) {
    const std::string_view pattern = bounds.shape.pattern;
    if (pattern == contracts::kCommit.shape.pattern)
        return characters(random, "0123456789abcdef", below(random, 2) == 0 ? 40 : 64);
    if (pattern == contracts::kName.shape.pattern)
        return characters(random, "abcxyz", 1) +
               characters(random, "abcxyz0189_-", below(random, 63));
    if (pattern == contracts::kIdentifier.shape.pattern)
        return characters(random, "abcXYZ0189_-.:/@", 1 + below(random, 255));
    if (pattern == R"(^[^\u0000-\u0020\u007f]*$)")  // of a notice's recipient
        return characters(random, "abcXYZ0189_-.:/@", below(random, 256));
    if (pattern == "^[A-Z_][A-Z0-9_]{0,63}$")  // of a secret
        return characters(random, "ABXYZ_", 1) +
               characters(random, "ABXYZ0189_", below(random, 64));
    throw std::logic_error("generated_message.h knows no example of " + std::string(pattern));
}

inline contracts::Json any_document(Random& random, int depth = 0) {
    switch (below(random, depth > 2 ? 4 : 6)) {
        case 0:
            return prose(random, 0);
        case 1:
            return static_cast<std::int64_t>(random());
        case 2:
            return below(random, 2) == 0;
        case 3:
            return 0.25 * static_cast<double>(below(random, 1000));
        case 4: {
            contracts::Json list = contracts::Json::array();
            for (std::size_t i = below(random, 4); i > 0; --i)
                list.push_back(any_document(random, depth + 1));
            return list;
        }
        default: {
            contracts::Json object = contracts::Json::object();
            for (std::size_t i = below(random, 4); i > 0; --i)
                object[prose(random, 1)] = any_document(random, depth + 1);
            return object;
        }
    }
}

class Generator final : public contracts::FieldVisitor {
public:
    explicit Generator(Random& random) : random_(random) {}

    using Field = contracts::Field;
    void text(const Field& field, std::string& member, bool& present) override {
        if (!decide(field, present)) return;
        const auto least = static_cast<std::size_t>(std::max<std::int64_t>(0, field.bounds.low));
        member = field.bounds.shape.pattern.empty() ? prose(random_, least)
                                                    : shaped(random_, field.bounds);
    }
    void integer(const Field& field, std::int64_t& member, bool& present) override {
        if (!decide(field, present)) return;
        const std::int64_t ends[] = {field.bounds.low, field.bounds.high};
        member = below(random_, 4) == 0 ? ends[below(random_, 2)]
                                        : std::uniform_int_distribution<std::int64_t>(
                                              field.bounds.low, field.bounds.high)(random_);
    }
    void real(const Field& field, double& member, bool& present) override {
        if (!decide(field, present)) return;
        const auto low = std::max<std::int64_t>(field.bounds.low, -1000);
        const auto high = std::min<std::int64_t>(field.bounds.high, 1000);
        member =
            static_cast<double>(std::uniform_int_distribution<std::int64_t>(low, high)(random_));
    }
    void boolean(const Field& field, bool& member, bool& present) override {
        if (decide(field, present)) member = below(random_, 2) == 0;
    }
    void instant(const Field& field, contracts::Timestamp& member, bool& present) override {
        constexpr std::int64_t kUntil = 4'102'444'800'000;  // the year 2100
        if (decide(field, present))
            member = contracts::Timestamp(std::chrono::milliseconds(
                std::uniform_int_distribution<std::int64_t>(0, kUntil)(random_)));
    }
    void choice(const Field& field, std::size_t& index, contracts::Choices names,
                bool& present) override {
        if (decide(field, present)) index = below(random_, names.size());
    }
    void texts(const Field& field, std::vector<std::string>& member, bool& present) override {
        if (!decide(field, present)) return;
        member.clear();
        for (std::size_t i = entries(field); i > 0; --i)
            member.push_back(prose(random_, 0));
    }
    void choice_list(const Field& field, std::vector<std::size_t>& member, contracts::Choices names,
                     bool& present) override {
        if (!decide(field, present)) return;
        member.clear();
        for (std::size_t i = entries(field); i > 0; --i)
            member.push_back(below(random_, names.size()));
    }
    void table(const Field& field, std::map<std::string, std::string>& member,
               bool& present) override {
        if (!decide(field, present)) return;
        member.clear();
        for (std::size_t i = entries(field); i > 0; --i)
            member[prose(random_, 1)] = prose(random_, 0);
    }
    void document(const Field& field, contracts::Json& member, bool& present) override {
        if (!decide(field, present)) return;
        member = any_document(random_);
        const bool must_be_object = !field.bounds.shape.words.empty();
        if (must_be_object && !member.is_object()) member = contracts::Json{{"any", member}};
    }
    void group(const Field& field, contracts::Group& nested, bool& present) override {
        if (!decide(field, present)) return;
        Generator inner(random_);
        contracts::FieldList fields(inner);
        nested.visit(fields);
    }

private:
    bool decide(const Field& field, bool& present) {
        present = field.presence != contracts::Presence::optional || below(random_, 2) == 0;
        return present;
    }
    // A table may end up with fewer entries, since two generated keys may be equal.
    std::size_t entries(const Field& field) {
        const auto most = static_cast<std::size_t>(std::min<std::int64_t>(field.bounds.high, 4));
        const auto least = static_cast<std::size_t>(std::max<std::int64_t>(field.bounds.low, 0));
        return least + below(random_, most - least + 1);
    }
    Random& random_;
};

}  // namespace generated

// A valid message with a random choice of optional fields.
template <class M>
[[nodiscard]] M generate_message(Random& random) {
    M message{};
    generated::Generator generator(random);
    contracts::FieldList fields(generator);
    visit_fields(message, fields);
    return message;
}

enum class FieldKind {
    text,
    integer,
    real,
    boolean,
    instant,
    choice,
    texts,
    choice_list,
    table,
    document,
    group,
};

struct ListedField {
    std::vector<std::string> path;  // such as {"config", "name"}
    contracts::Presence presence;
    contracts::Bounds bounds;
    FieldKind kind;

    // The name as errors give it: "config.name".
    [[nodiscard]] std::string name() const {
        std::string joined;
        for (const std::string& part : path)
            joined.append(joined.empty() ? "" : ".").append(part);
        return joined;
    }
};

namespace generated {

class Lister final : public contracts::FieldVisitor {
public:
    Lister(std::vector<ListedField>& fields, std::vector<std::string> prefix)
        : fields_(fields), prefix_(std::move(prefix)) {}

    using Field = contracts::Field;
    void text(const Field& f, std::string&, bool&) override { add(f, FieldKind::text); }
    void integer(const Field& f, std::int64_t&, bool&) override { add(f, FieldKind::integer); }
    void real(const Field& f, double&, bool&) override { add(f, FieldKind::real); }
    void boolean(const Field& f, bool&, bool&) override { add(f, FieldKind::boolean); }
    void instant(const Field& f, contracts::Timestamp&, bool&) override {
        add(f, FieldKind::instant);
    }
    void choice(const Field& f, std::size_t&, contracts::Choices, bool&) override {
        add(f, FieldKind::choice);
    }
    void texts(const Field& f, std::vector<std::string>&, bool&) override {
        add(f, FieldKind::texts);
    }
    void choice_list(const Field& f, std::vector<std::size_t>&, contracts::Choices,
                     bool&) override {
        add(f, FieldKind::choice_list);
    }
    void table(const Field& f, std::map<std::string, std::string>&, bool&) override {
        add(f, FieldKind::table);
    }
    void document(const Field& f, contracts::Json&, bool&) override { add(f, FieldKind::document); }
    void group(const Field& f, contracts::Group& nested, bool&) override {
        add(f, FieldKind::group);
        Lister inner(fields_, fields_.back().path);
        contracts::FieldList fields(inner);
        nested.visit(fields);
    }

private:
    void add(const Field& field, FieldKind kind) {
        std::vector<std::string> path = prefix_;
        path.emplace_back(field.name);
        fields_.push_back({std::move(path), field.presence, field.bounds, kind});
    }
    std::vector<ListedField>& fields_;
    std::vector<std::string> prefix_;
};

}  // namespace generated

// Lists every field of a message; the fields of a nested message follow the field that holds it.
template <class M>
[[nodiscard]] std::vector<ListedField> fields_of() {
    std::vector<ListedField> list;
    M message{};
    generated::Lister lister(list, {});
    contracts::FieldList fields(lister);
    visit_fields(message, fields);
    return list;
}

}  // namespace tests
