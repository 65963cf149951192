// SPDX-License-Identifier: MIT
#include "git/certificate.hpp"

#include "envkeep/core/text.hpp"

#include <fmt/format.h>
#include <openssl/x509v3.h>

#include <ctime>
#include <memory>
#include <string_view>

namespace envkeep::git {
namespace {

struct FreeX509 {
    void operator()(X509* certificate) const { X509_free(certificate); }

    void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }

    void operator()(ASN1_TIME* time) const { ASN1_TIME_free(time); }
};

std::string day_of(const ASN1_TIME* time) {
    struct ::tm parts{};
    return ASN1_TIME_to_tm(time, &parts) == 1
               ? fmt::format(
                     "{:04}-{:02}-{:02}", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday)
               : "a day that cannot be read";
}

std::vector<std::string> names_of(const X509* certificate) {
    constexpr std::size_t most = 8;
    std::vector<std::string> found;
    const std::unique_ptr<GENERAL_NAMES, FreeX509> names(static_cast<GENERAL_NAMES*>(
        X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
    const int count = names ? sk_GENERAL_NAME_num(names.get()) : 0;
    for (int i = 0; i < count && found.size() < most; ++i) {
        const GENERAL_NAME* const name = sk_GENERAL_NAME_value(names.get(), i);
        if (name->type == GEN_DNS) {
            const auto* const bytes =
                reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName));
            const auto size = static_cast<std::size_t>(ASN1_STRING_length(name->d.dNSName));
            found.push_back(printable(std::string_view(bytes, size)));
        }
    }
    return found;
}

}  // namespace

CertificateFacts facts_of(const git_cert* certificate) {
    if (certificate == nullptr || certificate->cert_type != GIT_CERT_X509) {
        return {};
    }
    const auto& given = *reinterpret_cast<const git_cert_x509*>(certificate);
    const auto* bytes = static_cast<const unsigned char*>(given.data);
    const std::unique_ptr<X509, FreeX509> read(
        d2i_X509(nullptr, &bytes, static_cast<long>(given.len)));
    if (!read) {
        return {};
    }
    const ASN1_TIME* const begin = X509_get0_notBefore(read.get());
    const ASN1_TIME* const end = X509_get0_notAfter(read.get());
    const std::unique_ptr<ASN1_TIME, FreeX509> now(X509_gmtime_adj(nullptr, 0));
    return {.ended = X509_cmp_current_time(end) < 0 ? day_of(end) : std::string(),
            .begins = X509_cmp_current_time(begin) > 0 ? day_of(begin) : std::string(),
            .today = now ? day_of(now.get()) : std::string(),
            .names = names_of(read.get())};
}

}  // namespace envkeep::git
