// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"
#include "envkeep/gpu/facts.hpp"
#include "envkeep/system/inspector.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace envkeep::gpu {

// What the dynamic loader reads of a 64 bit little-endian ELF file (System V gABI, chapter 5).
struct Elf {
    std::string path;
    std::uint64_t size = 0;     // of the file
    std::uint16_t machine = 0;  // 62: x86-64
    std::string interpreter;    // of a program: "/lib64/ld-linux-x86-64.so.2"
    std::string soname;
    std::vector<std::string> needed;
    std::vector<std::string> rpath;  // as written, $ORIGIN too; no effect where there is a runpath
    std::vector<std::string> runpath;  // the same
    bool wants_executable_stack = false;
    std::uint64_t strings_offset = 0;  // of the dynamic string table, in the file
    std::uint64_t strings_size = 0;
    // Of libstdc++.so.6, that it asks for: "GLIBCXX_3.4.30". Empty where what it has is damaged.
    std::vector<std::string> cxx_versions;
    // Of libstdc++.so.6 itself: those that it has.
    std::vector<std::string> offered_cxx_versions;

    friend bool operator==(const Elf&, const Elf&) = default;
};

// A few small reads, whatever the size of the file. unsupported for what is no such file, or is cut
// short or damaged.
[[nodiscard]] Result<Elf> read_elf(const system::Inspector& machine, const std::string& path);

// Of 32 bits: no damage, but for programs of another kind, whose libraries the loader passes over.
[[nodiscard]] bool is_of_32_bits(const system::Inspector& machine, const std::string& path);

// An ELF file that ends where its headers say or later: of one that was cut short a part is
// missing.
[[nodiscard]] bool is_whole_elf(const system::Inspector& machine, const std::string& path);

// The cards that a library of torch's says it has code for: "sm_50", "compute_90". It says so in
// one text among its constants (torch.cuda.get_arch_list() gives it). Empty where that is not
// found, or could be one of two.
[[nodiscard]] std::vector<std::string> torch_targets(const system::Inspector& machine,
                                                     const std::string& path);

// Names of symbols and of their versions, that it has or needs: text between NULs. At most 8 MiB.
[[nodiscard]] Result<std::string> dynamic_strings(const system::Inspector& machine, const Elf& elf);

// Whether a whole name stands in such strings.
[[nodiscard]] bool has_name(std::string_view strings, std::string_view name);

// The highest "GLIBCXX_3.4.30" and the like in such strings; none if there is no such name.
[[nodiscard]] std::optional<std::string> highest_version(std::string_view strings,
                                                         std::string_view family);

// Names that another file must have for this one to load (weak ones do not count) and that begin
// with one of `beginnings`. Empty where the table of symbols cannot be read or is over 8 MiB.
[[nodiscard]] std::vector<std::string> undefined_symbols(
    const system::Inspector& machine,
    const std::string& path,
    const std::vector<std::string_view>& beginnings);

// The names that a file has for others, by its hash table (DT_GNU_HASH).
class OfferedSymbols {
  public:
    // unsupported without such a table, or for one over 16 MiB.
    [[nodiscard]] static Result<OfferedSymbols> read(const system::Inspector& machine,
                                                     const std::string& path);

    // By the 31 bits of its hash that the table keeps.
    [[nodiscard]] bool has(std::string_view name) const;

  private:
    std::string table_;
};

// Of a libcuda of a compatibility package (nvidia-container-toolkit,
// cmd/nvidia-cdi-hook/cudacompat); none for any other file.
[[nodiscard]] std::optional<ForwardCompatibility> forward_compatibility(
    const system::Inspector& machine, const std::string& path);

}  // namespace envkeep::gpu
