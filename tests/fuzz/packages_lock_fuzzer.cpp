// SPDX-License-Identifier: MIT
#include "envkeep/packages/compare.hpp"
#include "envkeep/packages/export.hpp"
#include "envkeep/packages/keys.hpp"
#include "envkeep/packages/lock.hpp"
#include "fuzz/given.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

// Any bytes as a lock. What is taken is written as a text that reads back as the same, differs from
// itself in nothing, and can be exported without a line that another program takes for an option.
namespace envkeep::packages {
namespace {

using given::require;

void check_exports(const Inventory& inventory) {
    const std::string apt = export_apt(inventory, Scope::everything).text;
    require(apt.find(' ') == std::string::npos && !apt.starts_with('-') &&
            apt.find("\n-") == std::string::npos);
    for (const Runtime& runtime : inventory.base.runtimes) {
        static_cast<void>(export_requirements(inventory, runtime, Scope::session));
    }
    for (const Package& package : inventory.packages) {
        static_cast<void>(export_conda_environment(inventory, package.place));
    }
    const Keys keys = keys_of(inventory, "0");
    for (const Package& package : inventory.packages) {
        static_cast<void>(fits(keys, keys, package.domain, package.place));
    }
}

}  // namespace
}  // namespace envkeep::packages

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace envkeep::packages;
    const auto reading = parse_lock({reinterpret_cast<const char*>(data), size});
    if (!reading) {
        require(!reading.error().message.empty());
        return 0;
    }
    const std::string text = lock_text(reading->inventory);
    const auto again = parse_lock(text);
    require(again.has_value() && again->passed_over.empty());
    require(again->inventory == reading->inventory);
    require(lock_text(again->inventory) == text);
    require(compare(reading->inventory, again->inventory).is_empty());
    check_exports(reading->inventory);
    return 0;
}
