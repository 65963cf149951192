// SPDX-License-Identifier: MIT
#include "fuzz/given.hpp"
#include "snapshot/snapshot_record.hpp"

#include <cstddef>
#include <cstdint>

// Any bytes as the record of a snapshot: what is taken for one names no file outside the store, and
// its own text reads back as the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace envkeep::snapshot;
    using envkeep::given::require;
    const auto record = parse_record({reinterpret_cast<const char*>(data), size});
    if (!record) {
        return 0;
    }
    for (const std::string& name : {record->id, record->profile, record->layer, record->lock}) {
        require(!name.empty() && name.find('/') == std::string::npos && name[0] != '.');
    }
    const auto again = parse_record(record_text(*record));
    require(again.has_value() && *again == *record);
    return 0;
}
