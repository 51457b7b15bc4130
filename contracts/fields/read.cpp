#include "contracts/fields/read.h"

#include "contracts/base/id.h"
#include "contracts/fields/shape.h"

namespace contracts {

namespace {

struct Fault {
    std::string path;
    std::string what;
};

// 3.0 is also a whole number: JSON has one kind of number. Empty: not a number, or not exact.
std::optional<std::int64_t> whole_number_of(const Json& value) {
    if (value.is_number_float()) {
        constexpr auto kExact = static_cast<double>(kExactInteger);
        const auto number = value.get<double>();
        if (!(number >= -kExact && number <= kExact)) return std::nullopt;
        const auto whole = static_cast<std::int64_t>(number);
        return static_cast<double>(whole) == number ? std::optional(whole) : std::nullopt;
    }
    if (!value.is_number_integer() ||
        (value.is_number_unsigned() &&
         value.get<std::uint64_t>() > std::numeric_limits<std::int64_t>::max()))
        return std::nullopt;
    return value.get<std::int64_t>();
}

class Reader final : public FieldVisitor {
public:
    Reader(const Json& object, std::string prefix, const ReadContext& context,
           std::vector<Fault>& faults)
        : object_(object), prefix_(std::move(prefix)), context_(context), faults_(faults) {}

    void text(const Field& field, std::string& member, bool& present) override {
        const Json* value = find(field, present);
        if (value == nullptr) {
            if (field.presence == Presence::filled) member = make_uuid4();
            return;
        }
        const bool takes_integer = field.bounds.shape.takes_integer;
        if (takes_integer && value->is_number_integer())
            member = value->dump();
        else if (const auto whole = takes_integer ? whole_number_of(*value) : std::nullopt)
            member = std::to_string(*whole);
        else if (value->is_string())
            member = value->get_ref<const std::string&>();
        else
            return fault(field, "must be a string", *value);
        check_text(field, member);
    }

    void integer(const Field& field, std::int64_t& member, bool& present) override {
        const Json* value = find(field, present);
        if (value == nullptr) return;
        const std::optional<std::int64_t> whole = whole_number_of(*value);
        if (!whole) return fault(field, "must be a whole number", *value);
        member = *whole;
        if (member < field.bounds.low || member > field.bounds.high)
            fault_range(field, member < field.bounds.low);
    }

    void real(const Field& field, double& member, bool& present) override {
        const Json* value = find(field, present);
        if (value == nullptr) return;
        if (!value->is_number()) return fault(field, "must be a number", *value);
        member = value->get<double>();
        // Without bounds any number is accepted, even outside the range of int64.
        const bool low =
            field.bounds.low != Bounds{}.low && member < static_cast<double>(field.bounds.low);
        const bool high =
            field.bounds.high != Bounds{}.high && member > static_cast<double>(field.bounds.high);
        if (low || high) fault_range(field, low);
    }

    void boolean(const Field& field, bool& member, bool& present) override {
        const Json* value = find(field, present);
        if (value == nullptr) return;
        if (!value->is_boolean()) return fault(field, "must be true or false", *value);
        member = value->get<bool>();
    }

    void instant(const Field& field, Timestamp& member, bool& present) override {
        const Json* value = find(field, present);
        if (value == nullptr) {
            if (field.presence == Presence::filled) member = context_.entry_time;
            return;
        }
        std::optional<Timestamp> time;
        if (value->is_string()) time = parse_timestamp(value->get_ref<const std::string&>());
        if (!time)
            return fault(field, "must be an RFC 3339 time such as 2026-01-10T12:00:00Z", *value);
        member = *time;
    }

    void choice(const Field& field, std::size_t& index, Choices names, bool& present) override {
        const Json* value = find(field, present);
        if (value != nullptr) read_choice(field, path(field), *value, names, index);
    }

    void texts(const Field& field, std::vector<std::string>& member, bool& present) override {
        const Json* value = find_array(field, present);
        if (value == nullptr) return;
        member.clear();
        for (const Json& item : *value) {
            if (!item.is_string())
                return fault_at(path(field, member.size()), "must be a string", item);
            member.push_back(item.get<std::string>());
        }
    }

    void choice_list(const Field& field, std::vector<std::size_t>& member, Choices names,
                     bool& present) override {
        const Json* value = find_array(field, present);
        if (value == nullptr) return;
        member.clear();
        for (const Json& item : *value) {
            std::size_t index = 0;
            read_choice(field, path(field, member.size()), item, names, index);
            member.push_back(index);
        }
    }

    void table(const Field& field, std::map<std::string, std::string>& member,
               bool& present) override {
        const Json* value = find(field, present);
        if (value == nullptr) return;
        if (!value->is_object()) return fault(field, "must be an object of strings", *value);
        member.clear();
        for (const auto& [key, item] : value->get_ref<const Json::object_t&>()) {
            if (!item.is_string())
                return fault_at(path(field) + '.' + key, "must be a string", item);
            member.emplace(key, item.get<std::string>());
        }
        check_size(field, member.size(), "entries");
    }

    void document(const Field& field, Json& member, bool& present) override {
        const Json* value = find(field, present);
        if (value == nullptr) return;
        if (const std::string_view words = field.bounds.shape.words;
            !words.empty() && !value->is_object())
            return fault(field, std::string("must be ").append(words), *value);
        member = *value;
    }

    void group(const Field& field, Group& nested, bool& present) override {
        const Json* value = find(field, present);
        if (value == nullptr) return;
        if (!value->is_object()) return fault(field, "must be an object", *value);
        Reader inner(*value, path(field) + '.', context_, faults_);
        FieldList fields(inner);
        nested.visit(fields);
    }

private:
    // The field's value, or null when it is absent (or JSON null, which older writers use for
    // absent).
    const Json* find(const Field& field, bool& present) {
        const auto found = object_.find(field.name);
        present = found != object_.end() && !found->is_null();
        if (present) return &*found;
        if (field.presence == Presence::required) fault(field, "is required");
        return nullptr;
    }

    const Json* find_array(const Field& field, bool& present) {
        const Json* value = find(field, present);
        if (value == nullptr) return nullptr;
        if (!value->is_array()) {
            fault(field, "must be an array", *value);
            return nullptr;
        }
        check_size(field, value->size(), "entries");
        return value;
    }

    void read_choice(const Field&, std::string where, const Json& value, Choices names,
                     std::size_t& index) {
        std::string expected;
        for (std::size_t i = 0; i < names.size(); ++i) {
            if (value.is_string() && value.get_ref<const std::string&>() == names[i]) {
                index = i;
                return;
            }
            expected.append(i == 0 ? "" : ", ").append(names[i]);
        }
        fault_at(std::move(where), "must be one of: " + expected, value);
    }

    void check_text(const Field& field, const std::string& value) {
        check_size(field, value.size(), "bytes");
        const TextShape& shape = field.bounds.shape;
        if (shape.matches != nullptr && !value.empty() && !shape.matches(value))
            fault(field, std::string("must be ").append(shape.words), value);
    }

    void check_size(const Field& field, std::size_t size, std::string_view unit) {
        const auto count = static_cast<std::int64_t>(size);
        if (count >= field.bounds.low && count <= field.bounds.high) return;
        if (field.bounds.low == 1 && count == 0) return fault(field, "must not be empty");
        fault(field, "must have " + range(field.bounds) + ' ' + std::string(unit) + ", not " +
                         std::to_string(size));
    }

    static std::string range(const Bounds& bounds) {
        if (bounds.high == std::numeric_limits<std::int64_t>::max())
            return "at least " + std::to_string(bounds.low);
        return std::to_string(bounds.low) + " to " + std::to_string(bounds.high);
    }

    std::string path(const Field& field) const { return prefix_ + std::string(field.name); }
    std::string path(const Field& field, std::size_t index) const {
        return path(field) + '[' + std::to_string(index) + ']';
    }
    void fault_range(const Field& field, bool is_below) {
        fault(field, "must be " + range(field.bounds) + ", not a " +
                         (is_below ? "smaller" : "larger") + " number");
    }
    void fault(const Field& field, std::string what) { fault_at(path(field), std::move(what)); }
    void fault(const Field& field, std::string what, const Json& came) {
        fault_at(path(field), std::move(what), came);
    }
    void fault_at(std::string where, std::string what, const Json& came) {
        fault_at(std::move(where), what.append(", not ").append(shape_of(came)));
    }
    void fault_at(std::string where, std::string what) {
        faults_.push_back(Fault{std::move(where), std::move(what)});
    }

    const Json& object_;
    std::string prefix_;
    const ReadContext& context_;
    std::vector<Fault>& faults_;
};

}  // namespace

Result<void> read_group(const Json& document, Group& group, const ReadContext& context) {
    if (!document.is_object()) return fail(ErrorKind::invalid, "must be a JSON object");
    std::vector<Fault> faults;
    Reader reader(document, {}, context, faults);
    FieldList fields(reader);
    group.visit(fields);
    if (faults.empty()) return {};
    std::string message = faults.front().what;
    for (std::size_t i = 1; i < faults.size(); ++i)
        message.append("; ").append(faults[i].path).append(": ").append(faults[i].what);
    return fail(ErrorKind::invalid, std::move(message), std::move(faults.front().path));
}

}  // namespace contracts
