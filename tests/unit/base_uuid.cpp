#include "base/uuid.hpp"

#include "support/catch.hpp"

using namespace mayla;

TEST_CASE("uuid: a random one is of version 4 and never the same") {
    const std::string text = random_uuid();
    CHECK(is_uuid(text));
    CHECK(text[14] == '4');
    CHECK(std::string("89ab").find(text[19]) != std::string::npos);
    CHECK(text != random_uuid());
}

TEST_CASE("uuid: only the lower-case text of 36 characters is one") {
    CHECK(is_uuid("0190f0c4-1234-4abc-8def-00112233aabb"));
    for (const char* bad : {"", "0190F0C4-1234-4ABC-8DEF-00112233AABB", "0190f0c4-1234-4abc-8def-00112233aab",
                            "0190f0c4-1234-4abc-8def-00112233aabb0", "0190f0c4x1234-4abc-8def-00112233aabb",
                            "0190f0c4-1234-4abc-8def-00112233aabg", "0190f0c41234-4abc-8def-00112233aabb0"})
        CHECK_FALSE(is_uuid(bad));
}
