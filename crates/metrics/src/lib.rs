//! Correct metrics for video anomaly detection: AUC, AP, EER, RBDC and TBDC.
