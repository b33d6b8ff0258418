#include "memory/schema.hpp"
#include "memory/service.hpp"
#include "store/calls.hpp"
#include "workspace/projects.hpp"

namespace mayla::memory {

store::Definition database(std::string path) {
    // Steps are only ever appended: a file of any earlier version must find its way.
    return {std::move(path), {{store::calls::schema_1(), workspace::schema_1(), schema_1()}}};
}

} // namespace mayla::memory
