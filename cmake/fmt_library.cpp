// SPDX-License-Identifier: MIT
// fmt as a library of ours: Debian ships its headers and a shared library, but no archive, and
// header-only use more than doubles the time that each of our files takes to compile.
#include <fmt/format-inl.h>

FMT_BEGIN_NAMESPACE

namespace detail {

// What fmt's headers declare as instantiated elsewhere.
template auto dragonbox::to_decimal(float x) noexcept -> dragonbox::decimal_fp<float>;
template auto dragonbox::to_decimal(double x) noexcept -> dragonbox::decimal_fp<double>;
template auto thousands_sep_impl(locale_ref) -> thousands_sep_result<char>;
template auto thousands_sep_impl(locale_ref) -> thousands_sep_result<wchar_t>;
template auto decimal_point_impl(locale_ref) -> char;
template auto decimal_point_impl(locale_ref) -> wchar_t;
template void buffer<char>::append(const char*, const char*);
template void vformat_to(buffer<char>&,
                         string_view,
                         basic_format_args<buffer_context<char>>,
                         locale_ref);

}  // namespace detail

FMT_END_NAMESPACE
