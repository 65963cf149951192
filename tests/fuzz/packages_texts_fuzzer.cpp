// SPDX-License-Identifier: MIT
#include "envkeep/core/rel_path.hpp"
#include "envkeep/packages/debian_version.hpp"
#include "envkeep/packages/files_of.hpp"
#include "fuzz/given.hpp"
#include "packages/metadata.hpp"
#include "packages/readers.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

// Any bytes as METADATA, as RECORD, as dpkg's status, as a list of files, as a version and as a
// URL. Whatever they are: a value is of one line, a path and a package have names, no listed file
// climbs out, and nothing secret is left after a second look.
namespace envkeep::packages {
namespace {

using given::require;

bool is_one_line(std::string_view text) {
    return text.find('\n') == std::string_view::npos;
}

void check_metadata(std::string_view text) {
    require(is_one_line(header_field(text, "Name")));
    require(is_one_line(header_field(text, "Version")));
    const NameAndVersion parts = from_folder_name(text);
    require(parts.name.size() + parts.version.size() <= text.size());
    require(normalised(normalised(text)) == normalised(text));
}

void check_status(std::string_view text) {
    const AptPackages found = parse_dpkg_status(text, text);
    for (const Package& package : found.packages) {
        require(!package.name.empty() && is_one_line(package.name));
        require(is_one_line(package.version) && is_one_line(package.build));
    }
    require(libc_version_in(text).find_first_not_of("0123456789.") == std::string::npos);
    static_cast<void>(machine_in_elf(text));
}

void check_url(std::string_view text) {
    const std::string once = scrubbed(text);
    require(once.size() <= text.size());
    require(scrubbed(once) == once);
}

void check_lists(std::string_view text) {
    for (const Metadata& metadata :
         {Metadata{
              .domain = Domain::python, .place = "/usr/lib/python3/dist-packages", .name = "x"},
          Metadata{.domain = Domain::conda, .place = "/opt/conda", .name = "x"},
          Metadata{.domain = Domain::apt, .place = {}, .name = "x"}}) {
        for (const std::string& path : files_in_list(metadata, text)) {
            require(path.starts_with('/') && RelPath::parse(path.substr(1)).has_value());
        }
    }
    const std::string path = "/opt/conda/conda-meta/" + std::string(text) + ".json";
    const auto metadata = metadata_at(path);
    require(!metadata || !metadata->name.empty());
}

void check_version(std::string_view text) {
    const std::string_view half = text.substr(0, text.size() / 2);
    require(compare_debian_versions(text, text) == std::strong_ordering::equal);
    require((compare_debian_versions(text, half) < 0) == (compare_debian_versions(half, text) > 0));
}

}  // namespace
}  // namespace envkeep::packages

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace envkeep::packages;
    const std::string text(reinterpret_cast<const char*>(data), size);
    check_metadata(text);
    check_status(text);
    check_url(text);
    check_lists(text);
    check_version(text);
    return 0;
}
