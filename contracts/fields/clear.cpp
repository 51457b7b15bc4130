#include "contracts/fields/clear.h"

namespace contracts {

namespace {

class Clearing final : public FieldVisitor {
public:
    explicit Clearing(const FieldNames& names) : names_(names) {}

    FieldNames optional;

    void text(const Field& f, std::string&, bool& present) override { visit(f, present); }
    void integer(const Field& f, std::int64_t&, bool& present) override { visit(f, present); }
    void real(const Field& f, double&, bool& present) override { visit(f, present); }
    void boolean(const Field& f, bool&, bool& present) override { visit(f, present); }
    void instant(const Field& f, Timestamp&, bool& present) override { visit(f, present); }
    void choice(const Field& f, std::size_t&, Choices, bool& present) override {
        visit(f, present);
    }
    void texts(const Field& f, std::vector<std::string>&, bool& present) override {
        visit(f, present);
    }
    void choice_list(const Field& f, std::vector<std::size_t>&, Choices, bool& present) override {
        visit(f, present);
    }
    void table(const Field& f, std::map<std::string, std::string>&, bool& present) override {
        visit(f, present);
    }
    void document(const Field& f, Json&, bool& present) override { visit(f, present); }
    void group(const Field& f, Group&, bool& present) override { visit(f, present); }

private:
    void visit(const Field& field, bool& present) {
        if (field.presence != Presence::optional) return;
        optional.emplace(field.name);
        if (names_.contains(field.name)) present = false;
    }

    const FieldNames& names_;
};

}  // namespace

FieldNames clear_fields_of_group(Group& group, const FieldNames& names) {
    Clearing clearing(names);
    FieldList fields(clearing);
    group.visit(fields);
    return std::move(clearing.optional);
}

}  // namespace contracts
